import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** One recorded run, as far as a decision or a score needs it. */
export interface Recorded {
  readonly line: number;
  readonly pipeline: string;
  readonly suite: string;
  readonly userTask: string;
  readonly injectionTask: string | undefined;
  readonly attack: string | undefined;
  readonly utility: boolean | undefined;
  readonly security: boolean | undefined;
  readonly prompt: readonly string[];
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly kind: 'call'; readonly tool: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly kind: 'result'; readonly tool: string; readonly text: string };

export interface BrokenLine {
  readonly line: number;
  readonly why: string;
}

/** Reads a recording line by line, packed or plain. Lines that are no run are told to `broken` and left out. */
export async function* readRecording(file: string, broken: (line: BrokenLine) => void): AsyncGenerator<Recorded> {
  const bytes = createReadStream(file);
  const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  // A pipe does not pass on what its source could not read.
  bytes.on('error', (error) => input.destroy(error));
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() === '') continue;
    const run = readLine(text, line);
    if (typeof run === 'string') broken({ line, why: run });
    else yield run;
  }
}

function readLine(text: string, line: number): Recorded | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : 'not JSON';
  }
  if (!isRecord(value)) return 'a run is an object';
  if (!Array.isArray(value.steps ?? [])) return 'steps is not a list';
  return readRun(value, line);
}

/** A run from what one line says; what it does not say is left open. */
export function readRun(value: Readonly<Record<string, unknown>>, line: number): Recorded {
  return {
    line,
    pipeline: word(value.pipeline) ?? '',
    suite: word(value.suite) ?? 'all',
    userTask: word(value.user_task) ?? `line_${line}`,
    injectionTask: word(value.injection_task),
    attack: word(value.attack),
    utility: truth(value.utility),
    security: truth(value.security),
    prompt: promptOf(value.prompt),
    steps: Array.isArray(value.steps) ? value.steps.flatMap(readStep) : [],
  };
}

function readStep(step: unknown): Step[] {
  if (!isRecord(step)) return [];
  const call = word(step.call);
  if (call !== undefined) return [{ kind: 'call', tool: call, args: argsOf(step.args) }];
  const of = word(step.result_of);
  if (of === undefined) return [];
  const said = [step.text, step.error].flatMap((part) =>
    part === null || part === undefined || part === '' ? [] : [textOf(part)],
  );
  return [{ kind: 'result', tool: of, text: said.join('\n') }];
}

function argsOf(value: unknown): Record<string, unknown> {
  if (isRecord(value)) return value;
  if (typeof value === 'string') {
    try {
      const parsed: unknown = JSON.parse(value);
      if (isRecord(parsed)) return parsed;
    } catch {
      // Not JSON: the text itself is what the tool was given.
    }
  }
  return value === null || value === undefined ? {} : { value };
}

function promptOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.flatMap((part) => (typeof part === 'string' ? [part] : [textOf(part)])) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function truth(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
