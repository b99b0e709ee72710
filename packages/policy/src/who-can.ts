import type { Expression } from './expression.ts';
import { expressionText } from './expression-text.ts';
import { expressionWords } from './expression-words.ts';
import type { Policy } from './policy.ts';
import { type Known, type Residual, residualOf } from './residual.ts';

/** What the policies say about requests that do not exist yet. */
export interface Prospect {
  readonly verdict: 'yes' | 'conditional' | 'no';
  /** What must be true besides, each with the policy that asks for it. Any one permit is enough; every forbid counts. */
  readonly conditions: readonly Condition[];
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
}

export interface Condition {
  readonly policy: string;
  readonly effect: 'permit' | 'forbid';
  readonly cedar: string;
  readonly words: string;
}

/** `policies` are those whose scope matches. Certain only where no condition is open. */
export function prospect(policies: readonly Policy[], known: Known): Prospect {
  const open = policies.flatMap((policy) => {
    if (policy.dryRun) return [];
    const residual = residualOf(policy, known, policy.effect === 'forbid');
    return residual === 'never' ? [] : [{ policy, residual }];
  });
  const permits = open.filter(({ policy }) => policy.effect === 'permit');
  const forbids = open.filter(({ policy }) => policy.effect === 'forbid');
  const sure = permits.some(({ residual }) => residual === 'always');
  const forbidden = forbids.some(({ policy, residual }) => residual === 'always' && policy.hold === undefined);
  const names = { permits: permits.map(idOf), forbids: forbids.map(idOf) };
  if (permits.length === 0 || forbidden) return { verdict: 'no', conditions: [], ...names };
  if (sure && forbids.length === 0) return { verdict: 'yes', conditions: [], ...names };
  const conditional = sure ? forbids : [...permits, ...forbids];
  return { verdict: 'conditional', conditions: conditional.map(conditionOf), ...names };
}

function conditionOf({ policy, residual }: { policy: Policy; residual: Residual }): Condition {
  const [first, ...rest] = typeof residual === 'string' ? [] : residual;
  const all = rest.reduce((left, right) => binary(left, right), first ?? { op: 'value', value: true });
  const cedar = expressionText(all);
  const words = expressionWords(all);
  if (policy.hold !== undefined) return holdCondition(policy, residual === 'always' ? undefined : { cedar, words });
  return {
    policy: policy.id,
    effect: policy.effect,
    cedar: policy.effect === 'permit' ? cedar : `!(${cedar})`,
    words: policy.effect === 'permit' ? words : `unless ${words}`,
  };
}

/** Not a condition that a call can meet by itself: somebody must agree, or more must be known. */
function holdCondition(
  { id, effect, hold }: Policy,
  when: { readonly cedar: string; readonly words: string } | undefined,
): Condition {
  const waits = hold === 'person' ? 'waits for a person' : 'waits for more facts';
  return {
    policy: id,
    effect,
    cedar: `@hold("${hold}") ${when?.cedar ?? 'true'}`,
    words: when === undefined ? waits : `${waits} when ${when.words}`,
  };
}

function binary(left: Expression, right: Expression): Expression {
  return { op: 'binary', operator: '&&', left, right };
}

function idOf({ policy }: { policy: Policy }): string {
  return policy.id;
}
