import type { StopId } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import type { Durability, Statement } from '../storage/index.ts';
import type { StopTarget } from './stop.ts';

/** What the registry puts on the ledger. */
export type RegistryEntry =
  | {
      readonly event: 'fleet.applied' | 'fleet.rolled-back';
      readonly workspace: string;
      readonly atMs: number;
      readonly by: string;
      readonly version: string;
      readonly previous: string | null;
      readonly added: number;
      readonly changed: number;
      readonly removed: number;
      /** `Kind/name` of the first that changed. */
      readonly objects: readonly string[];
    }
  | {
      readonly event: 'stop.ordered' | 'stop.lifted';
      readonly workspace: string;
      readonly atMs: number;
      readonly by: string;
      readonly stop: StopId;
      readonly target: StopTarget;
      readonly reason: string;
    };

/**
 * Appends entries and takes `also` in the same storage unit. Rejects, or answers `ok: false`, where nothing of it took effect;
 * an unmet `expect` among `also` is such a case.
 */
export interface RegistryLedger {
  append(entries: readonly RegistryEntry[], also: readonly Statement[], durability: Durability): Promise<unknown>;
}

/** What the registry does is always due to survive power loss. */
export async function appendOrThrow(
  ledger: RegistryLedger,
  entry: RegistryEntry,
  also: readonly Statement[],
): Promise<void> {
  const result = await ledger.append([entry], also, 'power');
  if (typeof result === 'object' && result !== null && 'ok' in result && result.ok === false)
    throw new ReeveError('fail_closed', 'the change could not be recorded, so it was not made');
}
