import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTilePath, tilePath } from './tile-path.ts';

test.each([
  [{ level: 0, index: 0, width: 1 }, 'tile/0/000.p/1'],
  [{ level: 0, index: 1, width: 256 }, 'tile/0/001'],
  [{ level: 2, index: 1_234_067, width: 256 }, 'tile/2/x001/x234/067'],
  [{ level: 'entries', index: 1_000, width: 1 }, 'tile/entries/x001/000.p/1'],
  [{ level: 'entries', index: 273, width: 112 }, 'tile/entries/273.p/112'],
] as const)('%o lies at %s', (tile, path) => {
  expect(tilePath(tile)).toBe(path);
  expect(parseTilePath(path)).toEqual(tile);
});

test.each([
  '',
  'tile/0/000.p/0',
  'tile/0/000.p/256',
  'tile/0/000.p/01',
  'tile/0/1',
  'tile/00/000',
  'tile/64/000',
  'tile/0/x000/001',
  'tile/0/../../ledger-key.pem',
  'tile/0/000/',
  'tile/0/000.tmp',
  'TILE/0/000',
  'tile/entries/000\n',
  '../ledger-key.pem',
  'tile\\0\\000',
  'tile/8/0/000',
])('%j is no path of the layout', (path) => {
  expect(parseTilePath(path)).toBeUndefined();
});

test('every tile has one path', () => {
  const tile = fc.record({
    level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
    index: fc.integer({ min: 0, max: 999_999_999 }),
    width: fc.integer({ min: 1, max: 256 }),
  });
  fc.assert(
    fc.property(tile, (ref) => {
      expect(parseTilePath(tilePath(ref))).toEqual(ref);
    }),
  );
});
