import type { ToolDeclaration } from '@reeve/contracts';
import { ReeveError } from '../../lib/index.ts';
import { type ToolExpressions, toolExpressions } from '../../registry/index.ts';
import type { ToolArguments } from './tool-finder.ts';

/** What a declaration says a call is about; absent where it says nothing. */
export interface DeclaredValues {
  readonly amount?: number;
  readonly subject?: string;
  readonly destination?: string;
}

const DECIDING = ['amount', 'subject', 'destination'] as const;
const MAX_ID_LENGTH = 500;

/** Throws `invalid_arguments` where the arguments do not tell: a policy would decide blindly. */
export function declaredValues(declaration: ToolDeclaration | undefined, args: ToolArguments): DeclaredValues {
  if (declaration === undefined) return {};
  const expressions = toolExpressions(declaration);
  const values: Record<string, number | string> = {};
  for (const field of DECIDING)
    if (declaration[field] !== undefined) values[field] = decidingValue(expressions, field, args);
  return values;
}

/** Which of the values that a policy decides by differs, in words, or undefined. */
export function changedValue(before: DeclaredValues, after: DeclaredValues): string | undefined {
  return DECIDING.find((field) => before[field] !== after[field]);
}

/** The id that the upstream gave the side effect, or undefined where the result shows none. */
export function sideEffectId(
  declaration: ToolDeclaration | undefined,
  args: ToolArguments,
  result: unknown,
): string | undefined {
  if (declaration?.sideEffect === undefined) return undefined;
  return toolExpressions(declaration).sideEffect(args, result).value?.slice(0, MAX_ID_LENGTH);
}

function decidingValue(
  expressions: ToolExpressions,
  field: (typeof DECIDING)[number],
  args: ToolArguments,
): number | string {
  const { value } = expressions[field](args);
  if (value !== undefined) return value;
  throw new ReeveError(
    'invalid_arguments',
    `the arguments do not say what the ${field} of this call is; pass every argument that the tool's schema describes`,
  );
}
