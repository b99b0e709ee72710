import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

test('the least recently used entry is forgotten, reading counts as use', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
});

test('a limit of nothing keeps nothing', () => {
  const map = new BoundedMap<string, number>(0);
  map.set('a', 1);
  expect([map.get('a'), map.size]).toEqual([undefined, 0]);
});

type Step = ['get' | 'set' | 'delete' | 'clear', number];

test('any sequence does what the plain, slow way does', () => {
  const action = fc.constantFrom<Step[0]>('get', 'set', 'set', 'set', 'delete', 'clear');
  fc.assert(
    fc.property(fc.array(fc.tuple(action, fc.nat(6)), { maxLength: 80 }), (steps) => {
      const map = new BoundedMap<number, number>(3);
      const plain = new Map<number, number>();
      for (const [index, [what, key]] of steps.entries())
        expect(run(map, what, key, index)).toBe(runPlain(plain, what, key, index));
      expect(map.size).toBe(plain.size);
      for (const [key, value] of plain) expect(map.get(key)).toBe(value);
    }),
  );
});

function run(map: BoundedMap<number, number>, what: Step[0], key: number, value: number) {
  return what === 'set' ? map.set(key, value) : what === 'clear' ? map.clear() : map[what](key);
}

function runPlain(map: Map<number, number>, what: Step[0], key: number, value: number) {
  const known = map.get(key);
  if (what === 'clear') return map.clear();
  if (what === 'delete') return map.delete(key);
  if (what === 'get' && known === undefined) return undefined;
  map.delete(key);
  map.set(key, what === 'set' ? value : (known ?? 0));
  if (map.size > 3) map.delete([...map.keys()][0] ?? 0);
  return what === 'set' ? undefined : known;
}

test('gives away what was used least recently', () => {
  const map = new BoundedMap<string, number>(3);
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ] as const)
    map.set(key, value);
  map.get('a');
  expect(map.shift()).toEqual(['b', 2]);
  expect(map.size).toBe(2);
  expect([map.shift(), map.shift(), map.shift()]).toEqual([['c', 3], ['a', 1], undefined]);
});
