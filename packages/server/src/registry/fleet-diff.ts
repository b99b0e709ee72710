import type { FieldChange, ObjectChange } from '@reeve/contracts';
import { canonicalJson } from '@reeve/ledger';
import { byKindAndName } from './fleet-build.ts';
import type { FleetItem, FleetItems } from './fleet-item.ts';

const MAX_FIELDS = 100;

/** What an apply would change, per object and field, as written (defaults left out). */
export function diffItems(before: FleetItems, after: FleetItems): ObjectChange[] {
  const changes: ObjectChange[] = [];
  for (const [key, item] of after) {
    const old = before.get(key);
    if (old === undefined) changes.push({ change: 'added', kind: item.kind, name: item.name, fields: [] });
    else if (old.hash !== item.hash)
      changes.push({ change: 'changed', kind: item.kind, name: item.name, fields: fields(old, item) });
  }
  for (const [key, item] of before)
    if (!after.has(key)) changes.push({ change: 'removed', kind: item.kind, name: item.name, fields: [] });
  return changes.sort(byKindAndName);
}

function fields(old: FleetItem, item: FleetItem): FieldChange[] {
  if (item.kind === 'Policy') return [{ path: 'text', before: old.body, after: item.body }];
  const changes: FieldChange[] = [];
  compare(JSON.parse(old.body), JSON.parse(item.body), '', changes);
  return changes.slice(0, MAX_FIELDS);
}

/** Lists of plain values are compared whole; lists of objects item by item. */
function compare(before: unknown, after: unknown, path: string, changes: FieldChange[]): void {
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(own(before, key), own(after, key), path === '' ? key : `${path}.${key}`, changes);
  } else if (isObjectList(before) && isObjectList(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++)
      compare(before[index], after[index], `${path}[${index}]`, changes);
  } else if (before === undefined || after === undefined || canonicalJson(before) !== canonicalJson(after))
    changes.push({ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) });
}

/** A tool may be called `constructor`. */
function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isObjectList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.every(isObject);
}
