// A ledger of any size in the public layout, written as fast as the format allows: `write-ledger.ts DIRECTORY ENTRIES`.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  createSigner,
  encodeBundle,
  encodeEntry,
  encodeVerifierKey,
  leafHash,
  signCheckpoint,
  TILE_WIDTH,
  TreeEdge,
  tilePath,
} from '@reeve/ledger';
import { entryBody } from './entry-body.ts';

const [, , directory = '', count = '0'] = process.argv;
const START_MS = 1_790_000_000_000;
const edge = new TreeEdge();
const bundle: Uint8Array[] = [];
const made = new Set<string>();

for (let number = 0; number < Number(count); number++) {
  const bytes = Buffer.from(encodeEntry(entryBody(number), START_MS + number));
  bundle.push(bytes);
  for (const tile of edge.append(leafHash(bytes))) write(tilePath(tile), tile.bytes);
  if (bundle.length === TILE_WIDTH) flush();
}
if (bundle.length > 0) flush();
for (const tile of edge.partials()) write(tilePath(tile), tile.bytes);

const signer = createSigner('localhost/reeve/bench', generateKeyPairSync('ed25519').privateKey);
write('checkpoint', signCheckpoint({ size: edge.size, root: edge.root() }, signer));
write('vkey', Buffer.from(`${encodeVerifierKey(signer)}\n`));

function flush(): void {
  const index = Math.ceil(edge.size / TILE_WIDTH) - 1;
  write(tilePath({ level: 'entries', index, width: bundle.length }), encodeBundle(bundle));
  bundle.length = 0;
}

function write(path: string, bytes: Uint8Array): void {
  const file = join(directory, path);
  const folder = dirname(file);
  if (!made.has(folder)) {
    mkdirSync(folder, { recursive: true });
    made.add(folder);
  }
  writeFileSync(file, bytes);
}
