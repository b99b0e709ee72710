export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string | number | null | undefined;
  readonly align?: 'right';
}

/** Controls, direction marks, line separators, fillers: what moves the cursor, reorders other text, or nobody sees. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const MAX_CELL = 60;
/** Nothing is lined up after the last column, so that it may be long. */
const MAX_LAST_CELL = 300;

/** Columns padded to their widest cell; control characters shown as escapes so that data cannot move the cursor. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const cells = rows.map((row) =>
    columns.map((column, index) =>
      clean(String(column.value(row) ?? '-'), index === columns.length - 1 ? MAX_LAST_CELL : MAX_CELL),
    ),
  );
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const line = (values: readonly string[]) =>
    values
      .map((value, index) => pad(value, widths[index] ?? 0, columns[index]?.align === 'right'))
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title.toUpperCase())), ...cells.map(line)].join('\n');
}

function pad(value: string, width: number, right: boolean): string {
  return right ? value.padStart(width) : value.padEnd(width);
}

export function clean(value: string, longest: number = MAX_CELL): string {
  const safe = value.replaceAll(UNSEEN, escaped);
  return safe.length > longest ? `${safe.slice(0, longest - 1)}…` : safe;
}

/** Text of several lines, each of them clean. */
export function cleanLines(text: string): string {
  return text
    .split('\n')
    .map((line) => clean(line, Infinity))
    .join('\n');
}

/** JSON escapes the controls of ASCII only; terminals obey others too. What is escaped here reads back as it was. */
export function cleanJson(value: unknown, indent?: number): string {
  return cleanLines(JSON.stringify(value, null, indent));
}

/** As JSON writes it: beyond the first plane as a pair. */
function escaped(char: string): string {
  return Array.from({ length: char.length }, (_, index) => char.charCodeAt(index).toString(16).padStart(4, '0'))
    .map((code) => `\\u${code}`)
    .join('');
}
