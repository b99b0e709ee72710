import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { buildLog, sampleEntry, signer } from './__fixtures__/sample-log.ts';
import { encodeBundle } from './bundle.ts';
import { signCheckpoint } from './checkpoint.ts';
import { leafHash } from './hash.ts';
import { proveInclusion } from './proof.ts';
import { encodeReceipt, verifyReceipt } from './receipt.ts';
import { tilePath, widthIn } from './tile-path.ts';
import { TreeEdge } from './tree-edge.ts';
import { type LogVerification, verifyLog } from './verify-log.ts';

const SIZE = 600;
const entries = Array.from({ length: SIZE }, (_, n) => sampleEntry(n));
let files: Map<string, Uint8Array>;

beforeAll(() => {
  files = buildLog(entries);
});

function verify(
  changed: ReadonlyMap<string, Uint8Array> = files,
  earlier: readonly Uint8Array[] = [],
): LogVerification {
  return verifyLog({ read: (path) => changed.get(path), verifier: signer, earlier });
}

function replaced(path: string, bytes: Uint8Array): Map<string, Uint8Array> {
  return new Map(files).set(path, bytes);
}

test('a whole log verifies, and says what it holds', () => {
  expect(verify()).toMatchObject({
    ok: true,
    checkpoint: { origin: 'example.com/reeve/ledger', size: SIZE },
    events: { 'fleet.applied': SIZE },
    unknownEntries: 0,
    pairing: { intended: 0, open: 0, stray: 0 },
  });
});

test('logs of the sizes where tiles begin and end verify', () => {
  for (const size of [0, 1, 255, 256, 257, 512, 513]) {
    const result = verify(buildLog(entries.slice(0, size)));
    expect(result).toMatchObject({ ok: true, checkpoint: { size } });
  }
});

test('any changed byte of any file makes it fail, at or before the entry it belongs to', () => {
  const byte = fc.constantFrom(...files.keys()).chain((path) =>
    fc.record({
      path: fc.constant(path),
      at: fc.nat((files.get(path)?.length ?? 1) - 1),
      flip: fc.integer({ min: 1, max: 255 }),
    }),
  );
  fc.assert(
    fc.property(byte, ({ path, at, flip }) => {
      const bytes = new Uint8Array(files.get(path) ?? []);
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      expect(verify(replaced(path, bytes)).ok).toBe(false);
    }),
    { numRuns: 400 },
  );
});

test('the first failing entry is named', () => {
  for (const index of [0, 255, 256, 300, 599]) {
    const changed = [...entries];
    changed[index] = sampleEntry(7_000 + index);
    const number = Math.floor(index / 256);
    const path = tilePath({ level: 'entries', index: number, width: widthIn(SIZE, 0, number) });
    const bundle = encodeBundle(changed.slice(number * 256, number * 256 + 256));
    expect(verify(replaced(path, bundle))).toMatchObject({ ok: false, firstFailing: index, path });
  }
});

test('an entry changed together with its tile is found one level up', () => {
  const changed = [...entries];
  changed[300] = sampleEntry(9);
  const forged = buildLog(changed);
  const bundle = 'tile/entries/001';
  const mixed = new Map(files)
    .set(bundle, forged.get(bundle) ?? bytesOf(''))
    .set('tile/0/001', forged.get('tile/0/001') ?? bytesOf(''));
  expect(verify(mixed)).toMatchObject({ ok: false, firstFailing: 256, lastSuspect: 511, path: 'tile/1/000.p/2' });
});

test('a forged tree under the kept checkpoint fails at the root', () => {
  const forged = buildLog([...entries.slice(0, 599), sampleEntry(1)]);
  forged.set('checkpoint', files.get('checkpoint') ?? bytesOf(''));
  expect(verify(forged)).toMatchObject({ ok: false, path: 'checkpoint' });
});

const tampered: [string, () => Map<string, Uint8Array>, object][] = [
  ['swapped entries', () => swapped(10, 11), { firstFailing: 10 }],
  ['a missing bundle', () => without('tile/entries/001'), { firstFailing: 256, path: 'tile/entries/001' }],
  ['a missing tile', () => without('tile/0/001'), { firstFailing: 256, path: 'tile/0/001' }],
  ['a missing checkpoint', () => without('checkpoint'), { path: 'checkpoint' }],
  ['bytes after a bundle', () => longer('tile/entries/001'), { firstFailing: 512, path: 'tile/entries/001' }],
  ['a cut bundle', () => cut('tile/entries/002.p/88'), { firstFailing: 599, path: 'tile/entries/002.p/88' }],
  ['a cut tile', () => cut('tile/0/002.p/88'), { firstFailing: 512, path: 'tile/0/002.p/88' }],
];
test.each(tampered)('%s is found', (_, change, expected) => {
  expect(verify(change())).toMatchObject({ ok: false, ...expected });
});

test('a log cut back or rewritten is found with an earlier checkpoint', () => {
  const kept = files.get('checkpoint') ?? bytesOf('');
  expect(verify(buildLog([...entries, sampleEntry(1)]), [kept]).ok).toBe(true);
  expect(verify(buildLog(entries.slice(0, 300)))).toMatchObject({ ok: true });
  expect(verify(buildLog(entries.slice(0, 300)), [kept])).toMatchObject({ ok: false, firstFailing: 300 });
  expect(verify(buildLog([sampleEntry(1), ...entries.slice(1), sampleEntry(1)]), [kept]).ok).toBe(false);
});

test('an entry that is signed but not canonical JSON is named', () => {
  for (const text of [
    '{"at":1,"event":"x","v":1,"v":1}',
    '{"at":1, "event":"x","v":1}',
    '[]',
    'no',
    '{"at":1}',
    '['.repeat(30_000) + ']'.repeat(30_000),
  ]) {
    const log = buildLog([...entries.slice(0, 5), bytesOf(text), ...entries.slice(5, 9)]);
    expect(verify(log)).toMatchObject({ ok: false, firstFailing: 5 });
  }
});

test('entries of later versions are counted, not refused', () => {
  const log = buildLog([bytesOf('{"at":1,"event":"moon.landed","v":2}'), ...entries.slice(0, 3)]);
  expect(verify(log)).toMatchObject({ ok: true, unknownEntries: 1 });
});

test('entries of 0, 1 and 65,535 bytes are framed', () => {
  const sizes = [0, 1, 65_535].map((length) => new Uint8Array(length));
  const edge = new TreeEdge();
  for (const entry of sizes) edge.append(leafHash(entry));
  expect(encodeBundle(sizes).length).toBe(65_536 + 6);
});

test('a receipt proves its entry and no other', () => {
  const checkpoint = files.get('checkpoint') ?? bytesOf('');
  const tiles = (level: number, index: number) =>
    files.get(tilePath({ level, index, width: widthIn(SIZE, level, index) })) ?? bytesOf('');
  for (const index of [0, 299, 599]) {
    const receipt = encodeReceipt({ index, proof: proveInclusion(tiles, index, SIZE), checkpoint });
    expect(verifyReceipt(receipt, sampleEntry(index), signer).size).toBe(SIZE);
    expect(() => verifyReceipt(receipt, sampleEntry(index + 1), signer)).toThrow(`not number ${index}`);
    expect(() =>
      verifyReceipt(receipt.replace(`index ${index}`, `index ${index + 1}`), sampleEntry(index), signer),
    ).toThrow();
    const lines = receipt.split('\n');
    lines.splice(2, 1);
    expect(() => verifyReceipt(lines.join('\n'), sampleEntry(index), signer)).toThrow();
  }
});

test('a checkpoint that claims more than there is fails', () => {
  const edge = new TreeEdge();
  for (const entry of entries) edge.append(leafHash(entry));
  const claim = signCheckpoint({ size: SIZE + 1, root: edge.root() }, signer);
  expect(verify(replaced('checkpoint', claim)).ok).toBe(false);
});

function swapped(a: number, b: number): Map<string, Uint8Array> {
  const bundle = entries.slice(0, 256);
  [bundle[a], bundle[b]] = [entries[b] ?? bytesOf(''), entries[a] ?? bytesOf('')];
  return replaced('tile/entries/000', encodeBundle(bundle));
}

function without(path: string): Map<string, Uint8Array> {
  const copy = new Map(files);
  copy.delete(path);
  return copy;
}

function cut(path: string): Map<string, Uint8Array> {
  return replaced(path, (files.get(path) ?? bytesOf('')).slice(0, -1));
}

function longer(path: string): Map<string, Uint8Array> {
  return replaced(path, Buffer.concat([files.get(path) ?? bytesOf(''), Buffer.of(0)]));
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
