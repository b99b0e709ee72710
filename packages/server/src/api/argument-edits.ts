interface ArgumentEdit {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

const MAX_EDITS = 200;

/** Where two sets of arguments differ, each value as JSON; null where there is none. */
export function argumentEdits(before: unknown, after: unknown): ArgumentEdit[] {
  const edits: ArgumentEdit[] = [];
  compare('args', before, after, edits);
  return edits.slice(0, MAX_EDITS);
}

function compare(path: string, before: unknown, after: unknown, edits: ArgumentEdit[]): void {
  if (edits.length > MAX_EDITS || Object.is(before, after)) return;
  if (isHolder(before) && isHolder(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(`${path}.${key}`, own(before, key), own(after, key), edits);
    return;
  }
  edits.push({ path, before: json(before), after: json(after) });
}

function isHolder(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function own(holder: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
