import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHOWN = 5;
const LOOK_TWICE_FILE = 250;
const LOOK_TWICE_FUNCTION = 50;

/** Nothing fails on size; the longest files and functions are printed so that a reviewer asks about new ones. */
export function longest(root: string): string {
  const listed = spawnSync('git', ['ls-files', 'packages/*.ts', 'tools/*.ts'], {
    cwd: root,
    encoding: 'utf8',
  }).stdout.split('\n');
  const files: [string, number][] = [];
  const functions: [string, number][] = [];
  for (const path of listed) {
    if (path === '' || path.endsWith('.test.ts') || path.includes('__fixtures__')) continue;
    const lines = read(join(root, path));
    files.push([path, lines.length]);
    functions.push(...functionsOf(path, lines));
  }
  return `${section('longest files', files, LOOK_TWICE_FILE)}${section('longest functions', functions, LOOK_TWICE_FUNCTION)}`;
}

function read(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** A function or method starts on a line of this shape and ends at the brace on the same column: the formatter sees to that. */
const START = /^(\s*)(?:export )?(?:async )?(?:function\*? (\w+)|#?(?:async )?(#?\w+)\([^)]*\)[^;{]*\{$)/;

function functionsOf(path: string, lines: readonly string[]): [string, number][] {
  const found: [string, number][] = [];
  for (const [index, line] of lines.entries()) {
    const match = START.exec(line);
    const name = match?.[2] ?? match?.[3];
    if (match === null || name === undefined || ['if', 'for', 'while', 'switch', 'catch'].includes(name)) continue;
    const end = lines.indexOf(`${match[1]}}`, index);
    if (end > index) found.push([`${path} ${name}`, end - index + 1]);
  }
  return found;
}

function section(title: string, rows: [string, number][], lookTwice: number): string {
  const top = rows.filter(([, size]) => size > lookTwice).sort((a, b) => b[1] - a[1]);
  if (top.length === 0) return '';
  const lines = top.slice(0, SHOWN).map(([name, size]) => `  ${String(size).padStart(5)}  ${name}`);
  return `\n${title} (${top.length} above ${lookTwice} lines)\n${lines.join('\n')}\n`;
}
