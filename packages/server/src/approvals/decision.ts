import type { GrantId, PayloadId } from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import type { Statement } from '../storage/index.ts';

/** What a person says of an approval. */
export type Decision =
  | {
      readonly verdict: 'approve';
      /** Of the arguments that this person saw. */
      readonly digest: string;
      /** Other arguments, to be executed in the place of the caller's. */
      readonly args?: Readonly<Record<string, unknown>> | undefined;
      /** How many equal calls this person saw, and lets pass. */
      readonly count?: number | undefined;
      readonly reason?: string | undefined;
      readonly grant?: GrantWish | undefined;
    }
  | { readonly verdict: 'deny'; readonly reason: string };

/** A standing approval for calls like this one. */
export interface GrantWish {
  readonly forMs: number;
  readonly maxUses: number;
  /** `same` arguments, `any`, or values that must be as given, by path. */
  readonly args: 'same' | 'any' | Readonly<Record<string, unknown>>;
  /** Default: the amount of this call, where it has one. */
  readonly maxAmount?: number | undefined;
  readonly flow: boolean;
}

/** Other arguments than were proposed, sealed. */
export interface EditedContent {
  readonly args: Readonly<Record<string, unknown>>;
  readonly argsDigest: string;
  readonly ref: { readonly id: PayloadId; readonly digest: string; readonly size: number };
  readonly statement: Statement;
}

export interface GrantMade {
  readonly id: GrantId;
  readonly statement: Statement;
  readonly entry: EntryBody;
  made(): void;
}
