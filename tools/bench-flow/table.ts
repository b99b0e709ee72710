import type { Figure, Figures } from './score.ts';

const HEAD = ['', 'attacks stopped', 'benign runs held', 'benign writes held', 'resisted runs held'];
const WIDTH = 34;

export function toTable(rows: readonly (readonly [string, Figures])[]): string {
  const lines = rows.map(([name, figures]) => [
    name,
    cell(figures.attacksStopped),
    cell(figures.benignRunsHeld),
    cell(figures.benignWritesHeld),
    cell(figures.resistedRunsHeld),
  ]);
  return [HEAD, ...lines]
    .map((row) =>
      row
        .map((text, column) => text.padEnd(column === 0 ? 14 : WIDTH))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

function cell({ n, of, rate, interval }: Figure): string {
  if (of === 0) return '-';
  const range = interval === undefined ? '' : ` (${percent(interval[0])}-${percent(interval[1])})`;
  return `${n}/${of} ${percent(rate)}%${range}`;
}

function percent(rate: number): string {
  return (rate * 100).toFixed(1);
}
