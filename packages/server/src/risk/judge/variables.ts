import type { RiskFacts } from '../risk-assessor.ts';
import type { Reversibility } from '../rules/known-tools.ts';

/** What expressions read. A value that is not there is no member, so that has() answers. */
export interface Variables extends CallWords {
  readonly time: Readonly<Record<string, unknown>>;
  /** Filled once signals are in memory. */
  readonly signals: Record<string, unknown>;
  readonly [name: string]: unknown;
}

interface CallWords {
  readonly action: Readonly<Record<string, unknown>>;
  readonly args: Readonly<Record<string, unknown>>;
  readonly agent: Readonly<Record<string, unknown>>;
  readonly run: Readonly<Record<string, unknown>>;
  readonly labels: readonly string[];
}

export function variablesOf(facts: RiskFacts): CallWords {
  const { agent, labels, args } = facts;
  return {
    action: actionWords(facts),
    args,
    agent: { name: agent.name, risk: agent.risk, autonomy: agent.autonomy, owner: agent.owner },
    run: runWords(facts),
    labels,
  };
}

function actionWords(facts: RiskFacts): Record<string, unknown> {
  const words: Record<string, unknown> = {
    tool: facts.target,
    effect: facts.effect,
    kind: facts.kind,
    reversible: reversibilityWord(facts.reversible),
  };
  if (facts.amount !== undefined) words.amount = facts.amount;
  if (facts.subject !== undefined) words.subject = facts.subject;
  if (facts.destination !== undefined) words.destination = facts.destination;
  return words;
}

function runWords({ run, root, user, feature, session }: RiskFacts): Record<string, unknown> {
  const words: Record<string, unknown> = { id: run, root };
  if (user !== undefined) words.user = user;
  if (feature !== undefined) words.feature = feature;
  if (session !== undefined) words.session = session;
  return words;
}

export function reversibilityWord(reversible: RiskFacts['reversible']): Reversibility {
  return typeof reversible === 'string' ? reversible : 'reversible';
}

export function valueAt(variables: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let at: unknown = variables;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}
