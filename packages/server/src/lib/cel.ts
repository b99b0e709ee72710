import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { celFault } from './cel-rules.ts';

const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 64, maxMapEntries: 64, maxCallArguments: 16 };
const MAX_SOURCE_LENGTH = 2_000;

export type CelResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/** Parsed once, evaluated often. Work is linear in the size of the variables. */
export interface CelProgram {
  readonly source: string;
  /** Type as far as it is known before evaluation: `double`, `string`, `bool`, `dyn`, ... */
  readonly type: string;
  /** Its syntax, for those who reason about an expression without evaluating it. */
  readonly tree: CelNode;
  /** Never throws: an evaluation error is a result with its reason. Integers come back as numbers. */
  evaluate(variables: Readonly<Record<string, unknown>>): CelResult;
}

export type CelNode = ASTNode;

export type CelCompilation =
  | { readonly ok: true; readonly program: CelProgram }
  /** `message` says what is wrong and, where known, what would be right. */
  | { readonly ok: false; readonly message: string };

const environments = new Map<string, Environment>();

/**
 * Compiles CEL over variables that hold JSON. JSON numbers are doubles, so arithmetic with an integer literal is refused here
 * instead of failing on every call.
 */
export function compileCel(source: string, variables: readonly string[]): CelCompilation {
  if (source.length > MAX_SOURCE_LENGTH) return fault(`longer than ${MAX_SOURCE_LENGTH} characters`);
  try {
    const parsed = environmentFor(variables).parse(source);
    const checked = parsed.check();
    if (!checked.valid) return fault(located(checked.error));
    const tree = parsed.ast as ASTNode;
    const refused = celFault(tree);
    if (refused !== undefined) return fault(refused);
    const type = checked.type ?? 'dyn';
    return { ok: true, program: { source, type, tree, evaluate: (values) => run(parsed, values) } };
  } catch (error) {
    return fault(located(error));
  }
}

function run(
  parsed: (context: Record<string, unknown>) => unknown,
  values: Readonly<Record<string, unknown>>,
): CelResult {
  try {
    return { ok: true, value: plain(parsed(values)) };
  } catch (error) {
    return { ok: false, reason: (error as { summary?: string }).summary ?? 'the expression failed' };
  }
}

/** CEL's own values as JSON: integers and unsigned integers as numbers, maps as objects. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return String(value);
}

function environmentFor(variables: readonly string[]): Environment {
  const key = variables.join(',');
  let environment = environments.get(key);
  if (environment === undefined) {
    environment = new Environment({
      unlistedVariablesAreDyn: false,
      homogeneousAggregateLiterals: false,
      limits: LIMITS,
    });
    for (const name of variables) environment.registerVariable(name, 'dyn');
    environments.set(key, environment);
  }
  return environment;
}

function located(error: unknown): string {
  const { summary, range } = error as { summary?: string; range?: { start: number } };
  if (summary === undefined) return 'it cannot be read as an expression';
  return range === undefined ? summary : `${summary} (at character ${range.start + 1})`;
}

function fault(message: string): CelCompilation {
  return { ok: false, message };
}
