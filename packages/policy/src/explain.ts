import type { Evaluation } from './decide-layer.ts';
import { expressionText } from './expression-text.ts';
import { expressionWords } from './expression-words.ts';
import type { Policy } from './policy.ts';

/** A decision in words, for operators: it quotes rules, so it must not reach the caller. */
export interface Explanation {
  readonly summary: string;
  readonly determining: readonly ExplainedPolicy[];
  /** Permits about this agent, action and resource whose conditions did not hold. */
  readonly near: readonly ExplainedPolicy[];
}

export interface ExplainedPolicy {
  readonly id: string;
  readonly conditions: readonly string[];
  readonly words: readonly string[];
  readonly error?: string;
}

/** `candidates` are the policies whose scope matches the request. */
export function explain(candidates: readonly Policy[], evaluation: Evaluation): Explanation {
  const errors = new Map(evaluation.errors.map((error) => [error.policy, error.message]));
  const determining = candidates.filter((policy) => evaluation.determining.includes(policy.id));
  const near =
    evaluation.decision === 'deny'
      ? candidates.filter((policy) => policy.effect === 'permit' && !policy.dryRun && !determining.includes(policy))
      : [];
  return {
    summary: summarise(evaluation, near.length),
    determining: determining.map((policy) => explainPolicy(policy, errors)),
    near: near.map((policy) => explainPolicy(policy, errors)),
  };
}

function summarise(evaluation: Evaluation, near: number): string {
  const rules = evaluation.determining.join(', ');
  if (evaluation.decision === 'allow') return `allowed by ${rules}`;
  if (evaluation.decision === 'hold') return `held by ${rules}`;
  if (evaluation.inexpressible !== undefined) return `denied: ${evaluation.inexpressible}`;
  if (evaluation.failClosed) return `denied because it could not be decided: ${evaluation.errors[0]?.message ?? ''}`;
  if (rules !== '') return `forbidden by ${rules}`;
  if (near === 0) return 'denied: no permit is about this agent, action and resource';
  return `denied: the conditions of ${near === 1 ? 'the one permit' : `all ${near} permits`} about it did not hold`;
}

function explainPolicy(policy: Policy, errors: ReadonlyMap<string, string>): ExplainedPolicy {
  const error = errors.get(policy.id);
  return {
    id: policy.id,
    conditions: policy.clauses.map((clause) => `${clause.kind} { ${expressionText(clause.body)} }`),
    words: policy.clauses.map((clause) => `${clause.kind} ${expressionWords(clause.body)}`),
    ...(error !== undefined && { error }),
  };
}
