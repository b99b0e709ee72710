import type { ContentEdit, ContentPart } from '../../guardrails/index.ts';

type Role = ContentPart['role'];
/** Strings that hold bytes, not text. */
type SkipString = (holder: Readonly<Record<string, unknown>>, key: string) => boolean;

/** Every string of a JSON value with its path: `args.to`, `args.lines[0].text`. */
export function textParts(value: unknown, path: string, role: Role, skip: SkipString = () => false): ContentPart[] {
  const parts: ContentPart[] = [];
  collect(value, path, role, skip, parts);
  return parts;
}

/** The value with edited strings in the place of those at the same paths; the original stays as it is. */
export function withEdits(value: unknown, path: string, edits: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return edits.get(path) ?? value;
  if (Array.isArray(value)) return value.map((item, index) => withEdits(item, `${path}[${index}]`, edits));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withEdits(item, step(path, key), edits)]));
}

export function editMap(edits: readonly ContentEdit[]): ReadonlyMap<string, string> {
  return new Map(edits.map((edit) => [edit.path, edit.text]));
}

function collect(value: unknown, path: string, role: Role, skip: SkipString, parts: ContentPart[]): void {
  if (typeof value === 'string') {
    if (value !== '') parts.push({ path, role, text: value });
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      collect(item, `${path}[${index}]`, role, skip, parts);
    });
  } else if (typeof value === 'object' && value !== null) {
    const holder = value as Readonly<Record<string, unknown>>;
    for (const [key, item] of Object.entries(holder))
      if (!skip(holder, key)) collect(item, step(path, key), role, skip, parts);
  }
}

function step(path: string, key: string): string {
  const next = /^[A-Za-z_$][\w$-]*$/.test(key) ? key : undefined;
  if (next === undefined) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? next : `${path}.${next}`;
}
