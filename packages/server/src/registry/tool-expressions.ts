import type { ToolDeclaration } from '@reeve/contracts';
import { type CelProgram, type CelResult, compileCel } from '../lib/index.ts';

type Args = Readonly<Record<string, unknown>>;
export type Evaluated<T> = { readonly value: T } | { readonly value: undefined; readonly reason: string };

/** A tool's CEL, compiled. A value that cannot be computed is undefined, with the reason. */
export interface ToolExpressions {
  amount(args: Args): Evaluated<number>;
  subject(args: Args): Evaluated<string>;
  destination(args: Args): Evaluated<string>;
  sideEffect(args: Args, result: unknown): Evaluated<string>;
  /** Arguments of the tool that undoes the call; undefined unless all of them can be computed. */
  undoArgs(args: Args, result: unknown): Evaluated<Record<string, unknown>>;
}

export interface ExpressionFault {
  readonly path: readonly string[];
  readonly message: string;
}

const ARGS = ['args'];
const ARGS_AND_RESULT = ['args', 'result'];
const AMOUNT_TYPES = new Set(['dyn', 'double', 'int', 'uint']);
const MAX_TEXT_LENGTH = 2_000;
const UNDECLARED: Evaluated<never> = { value: undefined, reason: 'none is declared' };

/** Declarations are immutable and shared by versions of a fleet, so each is compiled once, when it is first applied. */
const compiled = new WeakMap<ToolDeclaration, { expressions: ToolExpressions; faults: readonly ExpressionFault[] }>();

/** The compiled expressions of a declaration out of a fleet. */
export function toolExpressions(tool: ToolDeclaration): ToolExpressions {
  return compileTool(tool).expressions;
}

export function expressionFaults(tool: ToolDeclaration): readonly ExpressionFault[] {
  return compileTool(tool).faults;
}

function compileTool(tool: ToolDeclaration): { expressions: ToolExpressions; faults: readonly ExpressionFault[] } {
  let entry = compiled.get(tool);
  if (entry === undefined) {
    const faults: ExpressionFault[] = [];
    entry = { expressions: build(tool, faults), faults };
    compiled.set(tool, entry);
  }
  return entry;
}

function build(tool: ToolDeclaration, faults: ExpressionFault[]): ToolExpressions {
  const compile = (source: string | undefined, variables: readonly string[], path: readonly string[]) => {
    if (source === undefined) return undefined;
    const result = compileCel(source, variables);
    if (result.ok) return result.program;
    faults.push({ path, message: `not a CEL expression over ${variables.join(' and ')}: ${result.message}` });
    return undefined;
  };
  const amount = compile(tool.amount, ARGS, ['amount']);
  if (amount !== undefined && !AMOUNT_TYPES.has(amount.type))
    faults.push({ path: ['amount'], message: `an amount is a number, this expression gives ${amount.type}` });
  const subject = compile(tool.subject, ARGS, ['subject']);
  const destination = compile(tool.destination, ARGS, ['destination']);
  const sideEffect = compile(tool.sideEffect, ARGS_AND_RESULT, ['sideEffect']);
  const undo: [string, CelProgram][] = [];
  if (typeof tool.reversible === 'object')
    for (const [name, source] of Object.entries(tool.reversible.args)) {
      const program = compile(source, ARGS_AND_RESULT, ['reversible', 'args', name]);
      if (program !== undefined) undo.push([name, program]);
    }
  return {
    amount: (args) => number(amount?.evaluate({ args })),
    subject: (args) => text(subject?.evaluate({ args })),
    destination: (args) => text(destination?.evaluate({ args })),
    sideEffect: (args, result) => text(sideEffect?.evaluate({ args, result })),
    undoArgs: (args, result) => record(undo, { args, result }),
  };
}

function number(result: CelResult | undefined): Evaluated<number> {
  if (result === undefined) return UNDECLARED;
  if (!result.ok) return { value: undefined, reason: result.reason };
  if (typeof result.value === 'number' && Number.isFinite(result.value)) return { value: result.value };
  return { value: undefined, reason: 'the expression gives no finite number' };
}

/** Ids are often numbers: they are taken as text. */
function text(result: CelResult | undefined): Evaluated<string> {
  if (result === undefined) return UNDECLARED;
  if (!result.ok) return { value: undefined, reason: result.reason };
  if (typeof result.value === 'number') return { value: String(result.value) };
  if (typeof result.value !== 'string') return { value: undefined, reason: 'the expression gives no text' };
  if (result.value.length > MAX_TEXT_LENGTH)
    return { value: undefined, reason: `the text is longer than ${MAX_TEXT_LENGTH} characters` };
  return { value: result.value };
}

function record(programs: readonly [string, CelProgram][], variables: Args): Evaluated<Record<string, unknown>> {
  const value: Record<string, unknown> = {};
  for (const [name, program] of programs) {
    const result = program.evaluate(variables);
    if (!result.ok) return { value: undefined, reason: `${name}: ${result.reason}` };
    value[name] = result.value;
  }
  return { value };
}
