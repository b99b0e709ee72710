import { toolServerSchema } from '@reeve/contracts';
import { expect, test } from 'vitest';
import { must } from '../lib/index.ts';
import { expressionFaults, toolExpressions } from './tool-expressions.ts';

const declare = (tool: unknown) => {
  const server = toolServerSchema.parse({
    kind: 'ToolServer',
    name: 't',
    transport: { stdio: ['x'] },
    tools: { a: tool },
  });
  return must(server.tools.a, 'the tool');
};

const REFUND = declare({
  amount: 'args.cents / 100.0',
  subject: 'args.charge',
  destination: 'args.to',
  sideEffect: 'result.id',
  reversible: { by: 't.cancel', args: { refund: 'result.id', all: 'true' } },
});

test('values come out in their type, numbers as text where an id is meant', () => {
  const expressions = toolExpressions(REFUND);
  const args = { cents: 4200, charge: 'ch_1', to: 7 };
  expect(expressions.amount(args)).toEqual({ value: 42 });
  expect(expressions.subject(args)).toEqual({ value: 'ch_1' });
  expect(expressions.destination(args)).toEqual({ value: '7' });
  expect(expressions.sideEffect(args, { id: 're_1' })).toEqual({ value: 're_1' });
  expect(expressions.undoArgs(args, { id: 're_1' })).toEqual({ value: { refund: 're_1', all: true } });
  expect(expressionFaults(REFUND)).toEqual([]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['amount', {}, 'No such key: cents'],
  ['amount', { cents: '42' }, 'no such overload: dyn<string> / double'],
  ['subject', { charge: { id: 1 } }, 'the expression gives no text'],
  ['subject', { charge: 'x'.repeat(2_001) }, 'the text is longer than 2000 characters'],
])('%s of %j is undefined, with the reason', (name, args, reason) => {
  const expressions = toolExpressions(REFUND);
  expect(expressions[name as 'amount' | 'subject'](args)).toEqual({ value: undefined, reason });
});

test('arguments of the undo are all there or none', () => {
  expect(toolExpressions(REFUND).undoArgs({}, {})).toEqual({ value: undefined, reason: 'refund: No such key: id' });
});

test('what is not declared has no value; a declaration is compiled once', () => {
  const bare = declare({});
  expect(toolExpressions(bare).amount({ cents: 1 })).toEqual({ value: undefined, reason: 'none is declared' });
  expect(toolExpressions(bare)).toBe(toolExpressions(bare));
});
