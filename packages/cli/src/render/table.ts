export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string | number | null | undefined;
  readonly align?: 'right';
}

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
  const safe = value.replaceAll(
    /[\p{Cc}\p{Cf}]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
  return safe.length > longest ? `${safe.slice(0, longest - 1)}…` : safe;
}
