import { ReeveError } from '../lib/index.ts';
import type { FleetStore, StoredVersion } from './fleet-store.ts';

/** By its full name, or by a beginning that only one version has. */
export async function findVersion(store: FleetStore, workspace: string, version: string): Promise<StoredVersion> {
  if (!/^(sha256:)?[0-9a-f]{6,64}$/.test(version))
    throw new ReeveError('invalid_request', 'a version is sha256: and 64 hex digits, or at least the first 6 of them');
  const rows = await store.byVersion(workspace, version.startsWith('sha256:') ? version : `sha256:${version}`);
  const [row] = rows;
  if (row === undefined) throw new ReeveError('not_found', `workspace ${workspace} never had version ${version}`);
  if (rows.some((other) => other.version !== row.version))
    throw new ReeveError('invalid_request', `several versions begin with ${version}: give more digits`);
  return row;
}
