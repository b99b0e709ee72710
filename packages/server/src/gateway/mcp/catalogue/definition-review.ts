import { isObject, parseUpstreamJson } from '../wire/json-rpc.ts';

export interface DefinitionChange {
  /** JSON pointer into the definition. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

const MAX_CHANGES = 500;

/** What differs between two definitions, for the person who reviews them. */
export function definitionChanges(before: string | undefined, after: string): DefinitionChange[] {
  const changes: DefinitionChange[] = [];
  compare('', before === undefined ? undefined : parseUpstreamJson(before), parseUpstreamJson(after), changes);
  return changes;
}

function compare(path: string, before: unknown, after: unknown, changes: DefinitionChange[]): void {
  if (changes.length >= MAX_CHANGES || Object.is(before, after)) return;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(`${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, before[key], after[key], changes);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      compare(`${path}/${i}`, before[i], after[i], changes);
    return;
  }
  changes.push({ path, before, after });
}

// Characters that a person does not see but a model reads: zero width, bidirectional controls, tags. Emoji style selectors are no secret.
const HIDDEN =
  /[\u00ad\u061c\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|\u034f|[\u180b-\u180f]|[\u17b4\u17b5]|[\ufe00-\ufe0d]|[\u{1bca0}-\u{1bca3}]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]/u;
const MAX_FLAGS = 50;

/** Places of a definition that hold hidden characters, as JSON pointers. */
export function hiddenCharacters(definition: unknown): string[] {
  const found: string[] = [];
  search('', definition, found);
  return found;
}

function search(path: string, value: unknown, found: string[]): void {
  if (found.length >= MAX_FLAGS) return;
  if (typeof value === 'string') {
    if (HIDDEN.test(value)) found.push(path === '' ? '/' : path);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      search(`${path}/${index}`, item, found);
    });
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (HIDDEN.test(key)) found.push(`${path}/(key)`);
      search(`${path}/${key}`, item, found);
    }
  }
}
