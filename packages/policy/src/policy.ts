import type { Annotations } from './annotations.ts';
import type { Expression } from './expression.ts';
import type { Places } from './policy-text.ts';
import type { Reads } from './reads.ts';

/** What an agent asks to do, as policies name it. */
export const POLICY_ACTIONS = ['call', 'generate', 'message', 'start'] as const;
export type PolicyAction = (typeof POLICY_ACTIONS)[number];

/** The resource type of each action. */
const RESOURCE_TYPES = { call: 'Tool', generate: 'Model', message: 'Peer', start: 'Peer' } as const;
export type ResourceType = (typeof RESOURCE_TYPES)[PolicyAction];

/** Which requests a policy can be about; undefined means any. */
export interface Scope {
  readonly agent: string | undefined;
  readonly actions: readonly PolicyAction[];
  /** Keys of `resourceKey`, `serverKey` or `typeKey`; undefined means any. */
  readonly resource: string | undefined;
}

export interface Clause {
  readonly kind: 'when' | 'unless';
  readonly body: Expression;
}

export interface Policy extends Annotations {
  /** `@id("...")`, or file:line:column. */
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly text: string;
  readonly scope: Scope;
  readonly clauses: readonly Clause[];
  readonly reads: Reads;
  readonly source: PolicySource;
}

interface PolicySource {
  readonly file: string;
  /** Index of the policy in its file. */
  readonly start: number;
  readonly places: Places;
}

/** What is wrong at a place of a policy file, and what would be right. */
export interface PolicyProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface PolicyFileText {
  readonly path: string;
  readonly text: string;
}

/** A problem at an index of the policy's own text. */
export function problemAt(policy: Policy, index: number, message: string): PolicyProblem {
  return { file: policy.source.file, ...policy.source.places.at(policy.source.start + index), message };
}

/** A problem where the policy first says `literal`, or at its start. */
export function problemOn(policy: Policy, literal: string, message: string): PolicyProblem {
  return problemAt(policy, Math.max(0, policy.text.indexOf(literal)), message);
}
