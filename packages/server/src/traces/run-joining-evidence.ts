import type { ActionId, RunId } from '@reeve/contracts';
import { BoundedMap } from '../lib/index.ts';

const MAX_WORKSPACES = 50;
/** Of each kind, in each workspace: one tenant's traffic never pushes out what another's is joined by. */
const MAX_ENTRIES = 8_000;
/** More runs than these are nobody's evidence any more. */
const MAX_TRACES = 8;

/** One run that a key was seen in, last by which action and when. */
export interface Sighting {
  readonly run: RunId;
  readonly action: ActionId;
  readonly atMs: number;
}

export type EvidenceKind = 'conversation' | 'opening' | 'response' | 'proposal' | 'args' | 'tool' | 'session' | 'trace';

type Kinds = Partial<Record<EvidenceKind, BoundedMap<string, readonly Sighting[]>>>;

/** Which keys were seen in which runs. In memory alone: after a restart a new run begins. */
export class RunEvidence {
  readonly #workspaces = new BoundedMap<string, Kinds>(MAX_WORKSPACES);

  /** Runs in which this key was seen since then, the latest last. */
  seen(workspace: string, kind: EvidenceKind, key: string, sinceMs: number): readonly Sighting[] {
    const sightings = this.#workspaces.get(workspace)?.[kind]?.get(key);
    if (sightings === undefined) return [];
    return sightings.every(({ atMs }) => atMs >= sinceMs) ? sightings : sightings.filter(({ atMs }) => atMs >= sinceMs);
  }

  remember(workspace: string, kind: EvidenceKind, key: string, sighting: Sighting): void {
    let kinds = this.#workspaces.get(workspace);
    if (kinds === undefined) {
      kinds = {};
      this.#workspaces.set(workspace, kinds);
    }
    kinds[kind] ??= new BoundedMap(MAX_ENTRIES);
    const map = kinds[kind];
    const known = map.get(key);
    const others = known?.filter(({ run }) => run !== sighting.run) ?? [];
    map.set(key, [...others, sighting].slice(-MAX_TRACES));
  }
}
