import type { Durability, Statement } from '../storage/index.ts';

/** What the registry puts on the ledger. */
export type RegistryEntry =
  | {
      readonly event: 'fleet.applied';
      readonly workspace: string;
      readonly version: string;
      readonly previous?: string;
      readonly by: string;
    }
  | {
      readonly event: 'fleet.rolled-back';
      readonly workspace: string;
      readonly version: string;
      readonly previous: string;
      readonly by: string;
    }
  | {
      readonly event: 'stop.ordered' | 'stop.lifted';
      readonly workspace: string;
      readonly stop: string;
      readonly target: { readonly kind: 'agent' | 'run' | 'tool' | 'credential' | 'all'; readonly name: string };
      readonly by: string;
      readonly reason?: string;
    };

/** Appends entries and takes `also` in the same storage unit. Rejects where nothing of it took effect, also for an unmet `expect`. */
export interface RegistryLedger {
  append(entries: readonly RegistryEntry[], also: readonly Statement[], durability: Durability): Promise<unknown>;
}
