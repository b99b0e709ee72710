import type { CelProgram } from '../../lib/index.ts';
import { neededPlaces } from '../rules/expression-reads.ts';
import type { Expectations } from './judged-tool.ts';
import { valueAt } from './variables.ts';

/** An expression that had to give something and could not. */
export class Unknowable {
  /** In words that a caller may read. */
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/**
 * Whether a condition holds. It does not where it is about values that this tool never has; where a value is missing that it should
 * have, nobody can tell.
 */
export function holds(
  program: CelProgram,
  variables: Readonly<Record<string, unknown>>,
  tool: Expectations,
): boolean | Unknowable {
  const result = program.evaluate(variables);
  if (result.ok) return typeof result.value === 'boolean' ? result.value : new Unknowable('a condition gave no answer');
  return failure(program, variables, tool, result.reason) ?? false;
}

/** Why an expression failed; undefined where it is only about values that this tool never has. */
export function failure(
  program: CelProgram,
  variables: Readonly<Record<string, unknown>>,
  tool: Expectations,
  reason: string,
): Unknowable | undefined {
  const absent = neededPlaces(program.tree).filter((path) => valueAt(variables, path) === undefined);
  const expected = absent.filter((path) => tool.expects(path));
  if (absent.length > 0 && expected.length === 0) return undefined;
  if (expected.length === 0) return new Unknowable(`a value does not fit (${reason})`);
  return new Unknowable(
    `${expected.map((path) => path.join('.')).join(' and ')} ${expected.length === 1 ? 'is' : 'are'} missing`,
  );
}
