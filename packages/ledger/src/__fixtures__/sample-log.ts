import { createPrivateKey } from 'node:crypto';
import { encodeBundle } from '../bundle.ts';
import { signCheckpoint } from '../checkpoint.ts';
import { encodeEntry } from '../encode-entry.ts';
import { emptyTreeHash, leafHash, nodeHash } from '../hash.ts';
import { TILE_WIDTH, tilePath } from '../tile-path.ts';
import { TreeEdge } from '../tree-edge.ts';
import { createSigner } from '../verifier-key.ts';

// Logs in memory, for tests.

/** Ed25519 private key of 32 zero bytes but the last. */
const PKCS8 = Buffer.from(`302e020100300506032b657004220420${'00'.repeat(31)}07`, 'hex');
export const signer = createSigner(
  'example.com/reeve/ledger',
  createPrivateKey({ key: PKCS8, format: 'der', type: 'pkcs8' }),
);

export function sampleEntry(n: number): Uint8Array {
  const text = encodeEntry(
    { event: 'fleet.applied', workspace: 'default', version: `sha256:${n}`, by: 'key_1' },
    1_760_000_000_000 + n,
  );
  return Buffer.from(text, 'utf8');
}

export function buildLog(entries: readonly Uint8Array[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const edge = new TreeEdge();
  for (const entry of entries) for (const tile of edge.append(leafHash(entry))) files.set(tilePath(tile), tile.bytes);
  for (const tile of edge.partials()) files.set(tilePath(tile), tile.bytes);
  for (let from = 0; from < entries.length; from += TILE_WIDTH) {
    const bundle = entries.slice(from, from + TILE_WIDTH);
    const index = from / TILE_WIDTH;
    files.set(tilePath({ level: 'entries', index, width: bundle.length }), encodeBundle(bundle));
  }
  files.set('checkpoint', signCheckpoint({ size: edge.size, root: edge.root() }, signer));
  return files;
}

/** RFC 6962's definition, word for word. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return emptyTreeHash();
  if (leaves.length === 1) return only;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

export function naivePath(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length <= 1) return [];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return m < k
    ? [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))];
}
