import { expect, test } from 'vitest';
import { compileCel } from './cel.ts';

const VARIABLES = ['args', 'result'];
const message = (source: string) => {
  const compiled = compileCel(source, VARIABLES);
  return compiled.ok ? 'compiles' : compiled.message;
};
const evaluate = (source: string, args: unknown) => {
  const compiled = compileCel(source, VARIABLES);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.program.evaluate({ args });
};

test.each([
  ['args.amount_cents / 100.0', 'compiles'],
  ['args.items.map(i, i.price).filter(p, p > 2)', 'compiles'],
  ['args.n > 2', 'compiles'],
  ['size(args.items) / 2', 'compiles'],
  ['args.amount_cents / 100', 'numbers of JSON are doubles: write 100.0 instead of 100'],
  ['2 * args["n"]', 'numbers of JSON are doubles: write 2.0 instead of 2'],
  ['args.x +', 'Unexpected token: EOF (at character 9)'],
  ['arg.x', 'Unknown variable: arg (at character 1)'],
  ['', 'Unexpected token: EOF (at character 1)'],
  [
    'args.a.matches("(a+)+$")',
    'matches() is not supported, since its cost has no bound: use startsWith, endsWith or contains',
  ],
  [
    'args.a.all(x, args.b.exists(y, y == x))',
    'exists() inside another walk over a list is not supported, since its cost has no bound',
  ],
  [`args.a${' '.repeat(2_000)}`, 'longer than 2000 characters'],
  [`${'('.repeat(500)}args.a${')'.repeat(500)}`, 'Exceeded maxDepth (24) (at character 25)'],
  [Array.from({ length: 150 }, () => 'args.a').join('+'), 'Exceeded maxAstNodes (200) (at character 470)'],
])('compile %.40s', (source, expected) => {
  expect(message(source)).toBe(expected);
});

test.each([
  ['args.cents / 100.0', { cents: 4200 }, { ok: true, value: 42 }],
  ['size(args.list)', { list: [1, 2] }, { ok: true, value: 2 }],
  ['{"to": args.to, "n": 1}', { to: 'x' }, { ok: true, value: { to: 'x', n: 1 } }],
  ['args.missing', {}, { ok: false, reason: 'No such key: missing' }],
  ['args.constructor', {}, { ok: false, reason: 'No such key: constructor' }],
  ['args.__proto__', {}, { ok: false, reason: 'No such key: __proto__' }],
  ['args.cents / 100.0', { cents: '42' }, { ok: false, reason: 'no such overload: dyn<string> / double' }],
  ['args.a.b', { a: null }, { ok: false, reason: 'No such key: b' }],
])('evaluate %s of %j', (source, args, expected) => {
  expect(evaluate(source, args)).toEqual(expected);
});
