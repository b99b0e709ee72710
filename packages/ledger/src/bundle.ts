import { FormatError } from './format-error.ts';
import { TILE_WIDTH } from './tile-path.ts';

const LENGTH_BYTES = 2;

/** An entry bundle: for each entry its length as a big-endian uint16, then its bytes. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) throw new FormatError('a bundle has 1 to 256 entries');
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + LENGTH_BYTES + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    bytes[at] = entry.length >> 8;
    bytes[at + 1] = entry.length & 0xff;
    bytes.set(entry, at + LENGTH_BYTES);
    at += LENGTH_BYTES + entry.length;
  }
  return bytes;
}

/** The entries of a bundle one by one, exactly `count`, with nothing after them. Throws where the framing breaks. */
export function* decodeBundle(bytes: Uint8Array, count: number): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; i < count; i++) {
    const from = at + LENGTH_BYTES;
    const to = from + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
    if (from > bytes.length || to > bytes.length) throw new FormatError('the bundle ends inside this entry');
    yield bytes.subarray(from, to);
    at = to;
  }
  if (at !== bytes.length) throw new FormatError('the bundle has bytes after its last entry');
}
