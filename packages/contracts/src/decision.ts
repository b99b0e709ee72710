import type { ErrorCode } from './errors.ts';

/** From weakest to strictest: the strictest finding decides. */
export const VERDICTS = ['allow', 'modify', 'hold', 'deny'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const CONTRIBUTORS = [
  'identity',
  'stop',
  'tags',
  'limits',
  'budget',
  'schema',
  'guardrail',
  'policy',
  'risk',
  'flow',
  'approval',
  'ledger',
] as const;
export type Contributor = (typeof CONTRIBUTORS)[number];

/** One contributor's statement about an action. */
export interface Finding {
  readonly by: Contributor;
  readonly verdict: Verdict;
  /** What a caller is told when this finding decides; absent on `allow` and `modify`. */
  readonly code?: ErrorCode;
  /** A sentence for the caller: what, and what would make it pass. Never a secret, another tenant's data or a rule's internals. */
  readonly message: string;
  /** The policy, rule or check that spoke. For operators and the ledger, not for the caller. */
  readonly rule?: string;
  /** Seconds after which trying again may help; only with `rate_limited`. */
  readonly retryAfterSeconds?: number;
  /** What a risk rule added to the score, 0 to 100. */
  readonly score?: number;
  /** What a `hold` waits for: a person's yes, or facts that nobody has yet. */
  readonly waitsFor?: 'person' | 'facts';
  /** Where deciding values came from. For approvers and the trace store, never in the ledger. */
  readonly evidence?: readonly Evidence[];
  /** The approval or grant by which people let a `hold` pass, or the risk rule that declassifies; its verdict then is `allow`. */
  readonly releasedBy?: string;
  /**
   * Of a rule or policy in dry-run: its verdict had it been in force; it decides nothing, so its own is `allow`. Of an agent in shadow:
   * what policies would have said of the call that is refused.
   */
  readonly wouldBe?: Verdict;
}

/** A deciding value and where it was first seen. */
export interface Evidence {
  /** Where it stands in the proposed call, e.g. `args.to`. */
  readonly path: string;
  readonly value: string;
  /** The tool whose result brought it, or `message` for a message of the conversation. */
  readonly source: string;
  /** The action whose result brought it, where it passed through here. */
  readonly sourceAction?: string;
  /** The text around it in its source. */
  readonly excerpt?: string;
}

export interface Decision {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Version of the fleet under which this was decided. */
  readonly fleetVersion: string;
  /** 0 to 100; its parts are the findings that have a `score`. */
  readonly risk?: number;
}
