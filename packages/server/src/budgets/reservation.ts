import type { Attribution, Cap, NanoUsd } from '@reeve/contracts';

/** Whose caps an action counts against. */
export interface Spender {
  readonly workspace: string;
  readonly agent: string;
  /** Run id. */
  readonly run: string;
  readonly attribution: Attribution;
}

export interface Charge {
  readonly nanoUsd: NanoUsd;
  readonly tokens: number;
  readonly calls: number;
}

/** What an action may still cost: taken before, settled exactly once after. Opaque to everybody but budgets. */
export interface Reservation {
  /** 0 where no cap applies. */
  readonly id: number;
  readonly charge: Charge;
}

export type ReserveResult =
  | { readonly granted: true; readonly reservation: Reservation }
  | {
      readonly granted: false;
      readonly code: 'budget_exceeded' | 'price_unknown';
      readonly cap: Cap;
      /** Whose cap it is: `agent refund`, `user maya`. */
      readonly scope: string;
      /** For the caller. */
      readonly message: string;
      readonly resetsAtMs: number | undefined;
    };
