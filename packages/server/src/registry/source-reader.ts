import { FLEET_KINDS, type FleetKind, LATER_FLEET_KINDS, type LocatedProblem } from '@reeve/contracts';
import { didYouMean } from './did-you-mean.ts';
import { type FleetItem, type FleetItems, objectItem } from './fleet-item.ts';
import { type ObjectKey, objectKey } from './object-key.ts';
import { schemaFaults } from './schema-fault.ts';
import type { YamlDocument } from './yaml-document.ts';

const MAX_OBJECTS = 50_000;
const KINDS = Object.keys(FLEET_KINDS);

type Place = Pick<YamlDocument, 'file' | 'locate'>;
export type ObjectPlaces = ReadonlyMap<ObjectKey, Place>;

/** Takes the documents of a source one by one; keeps what is valid and says what is not. */
export class SourceReader {
  readonly items = new Map<ObjectKey, FleetItem>();
  readonly places = new Map<ObjectKey, Place>();
  readonly problems: LocatedProblem[] = [];
  /** Objects that are there but have faults. */
  readonly faulty = new Set<ObjectKey>();
  /** Whether some document does not say what it is. */
  anonymous = false;
  workspace: string | undefined;
  readonly #known: FleetItems;

  constructor(known: FleetItems) {
    this.#known = known;
  }

  add(item: FleetItem): void {
    this.items.set(objectKey(item.kind, item.name), item);
  }

  read(document: YamlDocument): void {
    const identity = identify(document.value);
    if ('message' in identity) {
      this.anonymous = true;
      this.#report(document, identity.path, identity.message);
      return;
    }
    const { kind, written } = identity;
    const key = objectKey(kind, written.name);
    const clash = this.#clash(kind, key);
    if (clash !== undefined) {
      this.#report(document, ['name'], clash);
      return;
    }
    this.places.set(key, document);
    if (kind === 'Workspace') this.workspace = written.name;
    const item = objectItem(kind, written, this.#known);
    if (item !== undefined) this.items.set(key, item);
    else this.#explain(document, kind, key);
  }

  #clash(kind: FleetKind, key: ObjectKey): string | undefined {
    if (this.places.size >= MAX_OBJECTS) return `a fleet has at most ${MAX_OBJECTS} objects`;
    const twin = kind === 'Workspace' && this.workspace !== undefined ? objectKey(kind, this.workspace) : key;
    const first = this.places.get(twin);
    if (first === undefined) return undefined;
    const { line, column } = first.locate(['name'], 'value');
    const rule = kind === 'Workspace' ? 'a fleet describes one Workspace' : `${key.replace('/', ' "')}" exists already`;
    return `${rule}; the first is at ${first.file}:${line}:${column}`;
  }

  #explain(document: YamlDocument, kind: FleetKind, key: ObjectKey): void {
    this.faulty.add(key);
    const schema = FLEET_KINDS[kind];
    const { error } = schema.safeParse(document.value);
    for (const { path, at, message } of schemaFaults(schema, document.value, error?.issues ?? []))
      this.problems.push({ file: document.file, ...document.locate(path, at), message });
  }

  #report(document: YamlDocument, path: readonly string[], message: string): void {
    this.problems.push({ file: document.file, ...document.locate(path, 'value'), message });
  }
}

type Identity = { kind: FleetKind; written: { name: string } } | { path: readonly string[]; message: string };

function identify(value: unknown): Identity {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { path: [], message: 'expected an object with kind and name' };
  const { kind, name } = value as { kind?: unknown; name?: unknown };
  if (typeof kind !== 'string')
    return { path: ['kind'], message: `"kind" is missing: give one of ${KINDS.join(', ')}` };
  if ((LATER_FLEET_KINDS as readonly string[]).includes(kind))
    return { path: ['kind'], message: `kind ${kind} is not supported yet; this version knows ${KINDS.join(', ')}` };
  if (!Object.hasOwn(FLEET_KINDS, kind))
    return {
      path: ['kind'],
      message: `unknown kind "${kind.slice(0, 60)}"${didYouMean(kind, KINDS) || `; known are ${KINDS.join(', ')}`}`,
    };
  if (typeof name !== 'string') return { path: ['name'], message: '"name" is missing: give text' };
  return { kind: kind as FleetKind, written: value as { name: string } };
}
