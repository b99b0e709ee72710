import type { ToolDeclaration } from '@reeve/contracts';
import { type CelProgram, compileCel, ReeveError } from '../../../lib/index.ts';
import { isObject, type JsonObject } from '../wire/json-rpc.ts';

type Field = 'amount' | 'subject' | 'destination' | 'sideEffect';

const programs = new WeakMap<ToolDeclaration, Map<Field, CelProgram>>();

/** What a declaration says a call is about. Throws `invalid_arguments` where the arguments do not tell: a policy would decide blindly. */
export function declaredValues(
  declaration: ToolDeclaration | undefined,
  args: JsonObject,
): { amount?: number; subject?: string; destination?: string } {
  if (declaration === undefined) return {};
  const amount = argumentValue(declaration, 'amount', args);
  const subject = argumentValue(declaration, 'subject', args);
  const destination = argumentValue(declaration, 'destination', args);
  if (amount !== undefined && (typeof amount !== 'number' || !Number.isFinite(amount))) throw undetermined('amount');
  return {
    ...(amount === undefined ? {} : { amount }),
    ...(subject === undefined ? {} : { subject: asText(subject) }),
    ...(destination === undefined ? {} : { destination: asText(destination) }),
  };
}

/** The id that the upstream gave the side effect, or undefined where the result shows none. */
export function sideEffectId(
  declaration: ToolDeclaration | undefined,
  args: JsonObject,
  result: JsonObject,
): string | undefined {
  const program = declaration === undefined ? undefined : programOf(declaration, 'sideEffect');
  if (program === undefined || result.isError === true) return undefined;
  const evaluated = program.evaluate({ args, result: resultValue(result) });
  if (!evaluated.ok || evaluated.value === null || evaluated.value === undefined) return undefined;
  return asText(evaluated.value).slice(0, MAX_ID_LENGTH);
}

const MAX_ID_LENGTH = 500;

/** What expressions see as `result`: structured content, else a text block that holds JSON, else the result itself. */
function resultValue(result: JsonObject): unknown {
  if (result.structuredContent !== undefined) return result.structuredContent;
  const first: unknown = Array.isArray(result.content) ? result.content[0] : undefined;
  if (!isObject(first) || typeof first.text !== 'string' || !/^\s*[[{]/.test(first.text)) return result;
  try {
    return JSON.parse(first.text);
  } catch {
    return result;
  }
}

function argumentValue(declaration: ToolDeclaration, field: Field, args: JsonObject): unknown {
  const program = programOf(declaration, field);
  if (program === undefined) return undefined;
  const evaluated = program.evaluate({ args });
  if (!evaluated.ok || evaluated.value === null || evaluated.value === undefined) throw undetermined(field);
  return evaluated.value;
}

function programOf(declaration: ToolDeclaration, field: Field): CelProgram | undefined {
  const source = declaration[field];
  if (source === undefined) return undefined;
  let compiled = programs.get(declaration);
  if (compiled === undefined) {
    compiled = new Map();
    programs.set(declaration, compiled);
  }
  let program = compiled.get(field);
  if (program === undefined) {
    const compilation = compileCel(source, field === 'sideEffect' ? ['args', 'result'] : ['args']);
    if (!compilation.ok)
      throw new ReeveError('fail_closed', `the tool's declared ${field} cannot be evaluated`, {
        detail: compilation.message,
      });
    program = compilation.program;
    compiled.set(field, program);
  }
  return program;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function undetermined(field: Field): ReeveError {
  return new ReeveError(
    'invalid_arguments',
    `the arguments do not say what the ${field} of this call is; pass every argument that the tool's schema describes`,
  );
}
