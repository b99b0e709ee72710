import type { PolicyAction } from './policy.ts';

/** One question to the policies. */
export interface PolicyRequest {
  readonly agent: string;
  readonly action: PolicyAction;
  readonly resource: PolicyResource;
  readonly context: PolicyContext;
}

export type PolicyResource =
  | { readonly type: 'Tool'; readonly name: string; readonly server: string }
  | { readonly type: 'Model'; readonly name: string }
  | { readonly type: 'Peer'; readonly name: string };

export interface PolicyContext {
  readonly args: Readonly<Record<string, unknown>>;
  readonly effect: string;
  readonly amount?: number | undefined;
  readonly subject?: string | undefined;
  readonly destination?: string | undefined;
  /** 0 to 100; a fraction counts as the next integer. */
  readonly risk: number;
  readonly labels: readonly string[];
  readonly run: string;
  readonly autonomy: string;
  /** Epoch milliseconds; policies see `hour` and `weekday` of it in the time zone. */
  readonly atMs: number;
  /** IANA name. */
  readonly timeZone: string;
  /** The agents on whose behalf it acts, nearest first. */
  readonly delegation: readonly string[];
}
