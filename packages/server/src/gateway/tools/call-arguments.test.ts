import { toolServerSchema } from '@reeve/contracts';
import { afterAll, expect, test } from 'vitest';
import { ArgumentChecker } from './arguments/argument-checker.ts';
import { CallArguments } from './call-arguments.ts';

const checker = new ArgumentChecker();
afterAll(() => checker[Symbol.asyncDispose]());

const { send: declaration } = toolServerSchema.parse({
  kind: 'ToolServer',
  name: 'mail',
  transport: { http: 'http://127.0.0.1/mcp' },
  tools: {
    send: { effect: 'send', amount: 'double(args.cents) / 100.0', subject: 'args.about', destination: 'args.to' },
  },
}).tools;
const PLAIN = { type: 'object', properties: { note: { type: 'string', maxLength: 10 } }, required: ['to'] };
// A pattern could take forever, so such a schema is asked in a thread: the answer comes late.
const LATE = { type: 'object', properties: { note: { type: 'string', pattern: '^[a-z ]+$' } } };

let hashes = 0;
async function judged(schema: object, args: object): Promise<CallArguments> {
  const call = new CallArguments({ to: 'maya', about: 'rent', cents: 500, ...args });
  await call.judge({ checker, hash: `c${hashes++}`, schema, declaration });
  return call;
}

test('what policies decide by is found once, and only in arguments that fit', async () => {
  expect((await judged(PLAIN, { note: 'hi' })).values).toEqual({ amount: 5, subject: 'rent', destination: 'maya' });
  const unfit = await judged(PLAIN, { note: 'far too long for this' });
  expect(unfit.fault).toContain('note');
  expect(unfit.values).toEqual({});
  await expect(judged(PLAIN, { cents: undefined })).rejects.toMatchObject({ code: 'invalid_arguments' });
});

test.each([
  ['a note', PLAIN, 'args.note', 'card', '[card]', undefined],
  ['a note, in a thread', LATE, 'args.note', 'my card', 'my x', undefined],
  ['a note that no longer fits', PLAIN, 'args.note', 'card', '[a card number]', 'note'],
  ['a note that no longer fits, in a thread', LATE, 'args.note', 'my card', '[card]', 'note'],
  ['the destination', PLAIN, 'args.to', 'maya', '[name]', 'the destination of this call holds'],
  ['the subject', LATE, 'args.about', 'rent', '[subject]', 'the subject of this call holds'],
])('redacting %s', async (_name, schema, path, before, after, fault) => {
  const call = await judged(schema, { [path.slice('args.'.length)]: before });
  expect(call.fault).toBeUndefined();
  await call.rewrite([{ path, text: after }]);
  expect(call.current[path.slice('args.'.length)]).toBe(after);
  if (fault === undefined) expect(call.fault).toBeUndefined();
  else expect(call.fault).toContain(fault);
  // The record says what the agent proposed to do, never what a redaction made of it.
  expect(call.values).toEqual({ amount: 5, subject: 'rent', destination: 'maya' });
});

test('answers of people are read and redacted under their own path', () => {
  const answers = new CallArguments({ name: { content: { name: 'Maya' } } }, 'inputResponses');
  expect(answers.parts().filter(({ fragment }) => fragment !== true)).toEqual([
    { path: 'inputResponses.name.content.name', role: 'arguments', text: 'Maya' },
  ]);
  void answers.rewrite([{ path: 'inputResponses.name.content.name', text: '[name]' }]);
  expect(answers.current).toEqual({ name: { content: { name: '[name]' } } });
});
