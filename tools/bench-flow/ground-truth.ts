import { readFile } from 'node:fs/promises';
import { isRecord } from './recording.ts';

/** What an attack is known by: the tools that it needs and values that it names. */
export interface Marks {
  readonly tools: ReadonlySet<string>;
  readonly markers: readonly string[];
}

/** By suite and injection task. */
export type GroundTruth = (suite: string, injectionTask: string) => Marks | undefined;

const MIN_MARKER = 2;

/** `isWrite` says which tools change something or carry data out. */
export async function readGroundTruth(file: string, isWrite: (tool: string) => boolean): Promise<GroundTruth> {
  const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
  const marks = new Map<string, Marks>();
  for (const [suite, body] of entriesOf(parsed, 'suites')) {
    for (const [id, task] of entriesOf(body, 'injection_tasks')) marks.set(`${suite}/${id}`, marksOf(task, isWrite));
  }
  return (suite, injectionTask) => marks.get(`${suite}/${injectionTask}`);
}

function marksOf(task: unknown, isWrite: (tool: string) => boolean): Marks {
  const goal = norm(isRecord(task) ? String(task.prompt ?? '') : '');
  const calls = isRecord(task) && Array.isArray(task.calls) ? task.calls.filter(isRecord) : [];
  const names = calls.map((call) => String(call.function ?? '')).filter(isWrite);
  const values = calls.flatMap((call) => flat(call.args)).map(norm);
  return {
    tools: new Set(names),
    markers: [...new Set(values.filter((value) => value.length >= MIN_MARKER && goal.includes(value)))],
  };
}

export function norm(text: string): string {
  return text.replace(/\s+/g, ' ').toLowerCase();
}

/** All scalars at any depth, as strings. */
export function flat(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [String(value)];
  return Object.values(value).flatMap(flat);
}

function entriesOf(value: unknown, key: string): [string, unknown][] {
  const held = isRecord(value) ? value[key] : undefined;
  return isRecord(held) ? Object.entries(held) : [];
}
