import type { LocatedProblem } from '@reeve/contracts';
import { locateStored, sortProblems } from './compile-source.ts';
import { contentHash } from './content-hash.ts';
import type { Fleet, FleetProblem } from './fleet.ts';
import { buildFleet } from './fleet-build.ts';
import { type FleetItem, type FleetItems, storedItem } from './fleet-item.ts';
import type { FleetStore, StoredVersion } from './fleet-store.ts';
import { type ObjectKey, objectKey } from './object-key.ts';
import { createPace } from './pace.ts';
import { atStart } from './source-file.ts';

export interface StoredFleet {
  readonly fleet: Fleet;
  readonly items: FleetItems;
  readonly problems: readonly LocatedProblem[];
  readonly locate: (problem: FleetProblem) => LocatedProblem;
}

/** A version out of the store, checked against its hash: what was tampered with or fits no longer does not serve. */
export async function readStoredFleet(store: FleetStore, workspace: string, row: StoredVersion): Promise<StoredFleet> {
  const problems: LocatedProblem[] = [];
  const items = new Map<ObjectKey, FleetItem>();
  const pace = createPace();
  for (const { kind, name, hash, body } of await store.items(workspace, row.seq)) {
    const key = objectKey(kind, name);
    items.set(key, { kind, name, hash, body });
    try {
      if (contentHash(body) === hash) items.set(key, storedItem(kind, name, hash, body));
      else problems.push(atStart(key, 'the stored object does not have the hash it was stored under'));
    } catch {
      problems.push(atStart(key, 'the stored object does not fit this version of Reeve: apply it again'));
    }
    await pace();
  }
  const fleet = buildFleet(workspace, items);
  if (fleet.version !== row.version) problems.push(atStart('.', `the stored objects do not make up ${row.version}`));
  return { fleet, items, problems: sortProblems(problems), locate: locateStored };
}
