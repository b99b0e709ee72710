import type { ContentEdit, ContentPart } from '../../guardrails/index.ts';

type Role = ContentPart['role'];
type Holder = Readonly<Record<string, unknown>>;
/** Strings that hold bytes, not text. */
type SkipString = (holder: Holder, key: string) => boolean;

/** Shorter numbers are no card, account or telephone number. */
const LEAST_TELLING = 100_000;

// INVARIANT: the walk is total. Whatever can carry a text is a part: strings, names of members, and numbers long enough to mean one.

/** Every text of a JSON value with its path: `args.to`, `args.lines[0].text`; names of members once each, by their order. */
export function textParts(value: unknown, path: string, role: Role, skip: SkipString = () => false): ContentPart[] {
  const parts: ContentPart[] = [];
  collect(value, path, role, skip, parts);
  let place = 0;
  for (const text of memberNames(value)) parts.push({ path: namePath(path, place++), role, text, fragment: true });
  return parts;
}

/** The value with edited texts in the place of those at the same paths; the original stays as it is. */
export function withEdits(value: unknown, path: string, edits: ReadonlyMap<string, string>): unknown {
  const renamed = new Map<string, string>();
  let place = 0;
  for (const name of memberNames(value)) {
    const edited = edits.get(namePath(path, place++));
    if (edited !== undefined) renamed.set(name, edited);
  }
  return edit(value, path, edits, renamed);
}

export function editMap(edits: readonly ContentEdit[]): ReadonlyMap<string, string> {
  return new Map(edits.map(({ path, text }) => [path, text]));
}

function edit(
  value: unknown,
  path: string,
  edits: ReadonlyMap<string, string>,
  renamed: ReadonlyMap<string, string>,
): unknown {
  if (typeof value === 'string' || typeof value === 'number') return edits.get(path) ?? value;
  if (Array.isArray(value)) return value.map((item, index) => edit(item, `${path}[${index}]`, edits, renamed));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [renamed.get(key) ?? key, edit(item, step(path, key), edits, renamed)]),
  );
}

function collect(value: unknown, path: string, role: Role, skip: SkipString, parts: ContentPart[]): void {
  if (typeof value === 'string') {
    if (value !== '') parts.push({ path, role, text: value });
  } else if (typeof value === 'number') {
    if (Math.abs(value) >= LEAST_TELLING) parts.push({ path, role, text: String(value), fragment: true });
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      collect(item, `${path}[${index}]`, role, skip, parts);
    });
  } else if (typeof value === 'object' && value !== null) {
    const holder = value as Holder;
    for (const [key, item] of Object.entries(holder))
      if (!skip(holder, key)) collect(item, step(path, key), role, skip, parts);
  }
}

/** Each name once, in the order of the walk. */
function memberNames(value: unknown, names: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return names;
  if (Array.isArray(value)) for (const item of value) memberNames(item, names);
  else
    for (const [name, item] of Object.entries(value)) {
      if (name !== '') names.add(name);
      memberNames(item, names);
    }
  return names;
}

/** Says nothing of the name itself: what is found there is told, and may be recorded. No path of a value looks like it. */
function namePath(path: string, place: number): string {
  return `${path}<name ${place}>`;
}

function step(path: string, key: string): string {
  const next = /^[A-Za-z_$][\w$-]*$/.test(key) ? key : undefined;
  if (next === undefined) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? next : `${path}.${next}`;
}
