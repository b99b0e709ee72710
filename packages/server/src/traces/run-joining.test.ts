import type { ActionId, RunId } from '@reeve/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Conversation, Message } from '../flows/index.ts';
import { newId } from '../lib/index.ts';
import { type JoinQuestion, RunJoiner } from './run-joining.ts';

const T0 = 1_790_000_000_000;
const MINUTE = 60_000;
let joiner: RunJoiner;
beforeEach(() => {
  joiner = new RunJoiner();
});

const user = (text: string): Message => ({ role: 'user', text });
const assistant = (text: string): Message => ({ role: 'assistant', text });
const proposal = (name: string, args: Record<string, unknown>, id?: string): Message => ({
  role: 'assistant',
  text: '',
  calls: [{ id, name, args }],
});
const result = (text: string): Message => ({ role: 'tool', text });
const runs = Array.from({ length: 20 }, (_, i) => newId('run', T0 + i)) as RunId[];
const [A, B] = runs as [RunId, RunId];

interface Asked {
  readonly messages?: readonly Message[];
  readonly cut?: boolean;
  readonly at?: number;
  readonly agent?: string;
  readonly workspace?: string;
  readonly more?: Partial<JoinQuestion>;
}

function find({ messages, cut, at = T0, agent = 'a', workspace = 'default', more }: Asked) {
  const conversation: Conversation | undefined = messages && { messages, ...(cut === true ? { cut } : {}) };
  return joiner.find({ workspace, agent, atMs: at, action: newId('action') as ActionId, conversation, ...more });
}

/** A model call that begins or goes on in this run, and its answer. */
function turn(run: RunId, asked: Asked, answer: readonly Message[], id?: string, traceId?: string): ActionId {
  const action = newId('action') as ActionId;
  const { thread } = find(asked);
  const { at = T0, agent = 'a', workspace = 'default' } = asked;
  joiner.answered({ workspace, agent, atMs: at, action, run, thread, traceId, answer: { id, alternatives: [answer] } });
  return action;
}

const call = (name: string, args: Record<string, unknown>, more: Partial<JoinQuestion> = {}): Asked => ({
  more: { called: { name, args }, ...more },
});
const alone = { kind: 'alone' };

describe('a conversation', () => {
  const asked = [user('pay the bill')];
  const answer = [proposal('read_bill', { n: 1 }, 'c1')];

  it('goes on in its run, by the action whose answer it repeats', () => {
    expect(find({ messages: asked }).join).toEqual(alone);
    const of = turn(A, { messages: asked }, answer);
    const next = [...asked, ...answer, result('12 EUR')];
    expect(find({ messages: next }).join).toEqual({ kind: 'joined', run: A, by: 'conversation', of });
  });

  it('whatever the system prompt says, and however the client put the answer together', () => {
    turn(A, { messages: [{ role: 'system', text: 'it is noon' }, ...asked] }, [assistant('I will\n look.')]);
    const next = [
      { role: 'system', text: 'it is one' } as const,
      ...asked,
      assistant('I will'),
      assistant('look.'),
      user('do'),
    ];
    expect(find({ messages: next }).join).toMatchObject({ kind: 'joined', run: A });
  });

  it('asked again is another one', () => {
    turn(A, { messages: asked }, answer);
    expect(find({ messages: asked }).join).toEqual(alone);
  });

  it('of which several are the same is uncertain, until one is told apart', () => {
    turn(A, { messages: asked }, answer);
    turn(B, { messages: asked }, answer);
    const next = [...asked, ...answer, result('12 EUR')];
    expect(find({ messages: next }).join).toEqual({ kind: 'uncertain', candidates: [A, B] });
    turn(runs[2] as RunId, { messages: next }, [assistant('done')]);
    const later = [...next, assistant('done'), user('and now')];
    expect(find({ messages: later }).join).toMatchObject({ kind: 'joined', run: runs[2] });
  });

  it('whose answer is not the one we saw is uncertain', () => {
    turn(A, { messages: asked }, answer);
    const next = [...asked, assistant('I refuse'), user('why?')];
    expect(find({ messages: next }).join).toEqual({ kind: 'uncertain', candidates: [A] });
  });

  it('of another agent, another workspace, another time or only in part is none of ours', () => {
    turn(A, { messages: asked }, answer);
    const messages = [...asked, ...answer, result('12 EUR')];
    expect(find({ messages, agent: 'b' }).join).toEqual(alone);
    expect(find({ messages, workspace: 'other' }).join).toEqual(alone);
    expect(find({ messages, at: T0 + 121 * MINUTE }).join).toEqual(alone);
    expect(find({ messages, cut: true }).join).toEqual(alone);
    expect(find({ messages: messages.slice(1) }).join).toEqual(alone);
    joiner = new RunJoiner();
    expect(find({ messages }).join).toEqual(alone);
  });

  it('does not run into another by what is said in it', () => {
    turn(A, { messages: [user('a'), result('b')] }, [assistant('ok')]);
    expect(find({ messages: [user('a\ntool 1 b'), assistant('ok'), user('c')] }).join).toEqual(alone);
    expect(find({ messages: [user('ab'), assistant('ok'), user('c')] }).join).toEqual(alone);
  });

  it('is found after many turns, by the latest', () => {
    let messages: Message[] = [user('begin')];
    for (let i = 0; i < 30; i++) {
      turn(A, { messages }, [assistant(`answer ${i}`)]);
      messages = [...messages, assistant(`answer ${i}`), user(`question ${i}`)];
    }
    expect(find({ messages }).join).toMatchObject({ kind: 'joined', run: A });
  });

  it('that names the reply it goes on from is in its run', () => {
    const of = turn(A, { messages: asked }, answer, 'resp_1');
    expect(find({ messages: [user('go on')], more: { response: 'resp_1' } }).join).toEqual({
      kind: 'joined',
      run: A,
      by: 'response',
      of,
    });
    expect(find({ messages: [user('go on')], more: { response: 'resp_2' } }).join).toEqual(alone);
    expect(find({ agent: 'b', messages: [user('go on')], more: { response: 'resp_1' } }).join).toEqual(alone);
  });
});

describe('a tool call', () => {
  const args = { to: 'maya@example.com', parts: [1, { b: 1, a: 2 }] };
  const same = { parts: [1, { a: 2, b: 1 }], to: 'maya@example.com' };

  it.each([
    ['send', 'send'],
    ['send', 'mail.send'],
    ['mail_send', 'mail.send'],
    ['mail.send', 'mail.send'],
    ['mcp__mail__send', 'mail.send'],
  ])('proposed as %s and called as %s is in the run of its proposal', (proposed, called) => {
    const of = turn(A, { messages: [user('x')] }, [proposal(proposed, args)]);
    expect(find(call(called, same)).join).toEqual({ kind: 'joined', run: A, by: 'proposal', of });
  });

  it('at the endpoint of one server has its server', () => {
    turn(A, { messages: [user('x')] }, [proposal('mail_send', args)]);
    expect(find(call('send', same, { called: { name: 'send', server: 'mail', args } })).join).toMatchObject({ run: A });
    expect(find(call('send', same, { called: { name: 'send', server: 'fax', args } })).join).toMatchObject({
      kind: 'uncertain',
    });
  });

  it('may be made again, but not for ever, nor by others', () => {
    turn(A, { messages: [user('x')] }, [proposal('send', args)]);
    for (let i = 0; i < 3; i++) expect(find(call('send', args)).join).toMatchObject({ run: A });
    expect(find({ ...call('send', args), at: T0 + 31 * MINUTE }).join).toEqual(alone);
    expect(find({ ...call('send', args), agent: 'b' }).join).toEqual(alone);
    expect(find({ ...call('send', args), workspace: 'other' }).join).toEqual(alone);
    expect(find(call('receive', { by: 'fax' })).join).toEqual(alone);
  });

  it('that several runs proposed belongs to none, unless its session is bound to one', () => {
    turn(A, { messages: [user('x')] }, [proposal('send', args), proposal('list', { of: 'a' })]);
    turn(B, { messages: [user('y')] }, [proposal('send', args)]);
    expect(find(call('send', args)).join).toEqual({ kind: 'uncertain', candidates: [A, B] });
    expect(find(call('list', { of: 'a' }, { session: 's1' })).join).toMatchObject({ run: A });
    expect(find(call('send', args, { session: 's1' })).join).toMatchObject({ kind: 'joined', run: A, by: 'proposal' });
    expect(find(call('send', args, { session: 's2' })).join).toMatchObject({ kind: 'uncertain' });
  });

  it('with other arguments than proposed, or on the connection of a run, may be of it', () => {
    turn(A, { messages: [user('x')] }, [proposal('send', args)]);
    expect(find(call('send', { ...args, to: 'eve@example.com' })).join).toEqual({ kind: 'uncertain', candidates: [A] });
    expect(find(call('send', args, { session: 's1' })).join).toMatchObject({ kind: 'joined' });
    expect(find(call('unasked', {}, { session: 's1' })).join).toEqual({ kind: 'uncertain', candidates: [A] });
    expect(find(call('unasked', {}, { session: 's2' })).join).toEqual(alone);
    expect(find({ ...call('unasked', {}, { session: 's1' }), agent: 'b' }).join).toEqual(alone);
  });

  it('of a run that more than one alternative proposes is found by each', () => {
    const { thread } = find({ messages: [user('x')] });
    const alternatives = [[proposal('f', { a: 1 })], [proposal('f', { a: 2 })]];
    joiner.answered({
      workspace: 'default',
      agent: 'a',
      atMs: T0,
      action: newId('action') as ActionId,
      run: A,
      thread,
      answer: { id: undefined, alternatives },
    });
    for (const a of [1, 2]) expect(find(call('f', { a })).join).toMatchObject({ run: A });
  });

  it('under another name is uncertain where its arguments say enough', () => {
    turn(A, { messages: [user('x')] }, [proposal('letter', args), proposal('next', { page: 1 })]);
    expect(find(call('mail.send', same)).join).toEqual({ kind: 'uncertain', candidates: [A] });
    expect(find(call('mail.send', { page: 1 })).join).toEqual(alone);
  });

  it('of a stream that has not ended is in its run', () => {
    const action = newId('action') as ActionId;
    const who = { workspace: 'default', agent: 'a', atMs: T0, action, run: A };
    let said: Message[] = [];
    joiner.answering({ ...who, answer: () => ({ id: undefined, alternatives: [said] }) });
    expect(find(call('send', args)).join).toEqual(alone);
    said = [proposal('send', args)];
    expect(find({ ...call('send', args), agent: 'b' }).join).toEqual(alone);
    expect(find(call('send', args)).join).toEqual({ kind: 'joined', run: A, by: 'proposal', of: action });
    joiner.answered({ ...who, thread: undefined, answer: undefined });
    said = [proposal('list', args)];
    expect(find(call('list', {})).join).toEqual(alone);
  });

  it('is not confused by arguments that cannot be compared', () => {
    const odd = { text: '\ud800', big: 'x'.repeat(200_000) };
    turn(A, { messages: [user('x')] }, [proposal('send', odd)]);
    expect(find(call('send', odd)).join).toEqual({ kind: 'uncertain', candidates: [A] });
  });
});

it('a trace that a run was seen in joins its calls, unless several were', () => {
  const trace = 'a'.repeat(32);
  turn(A, { messages: [user('x')] }, [assistant('y')], undefined, trace);
  expect(find(call('send', {}, { traceId: trace })).join).toMatchObject({ kind: 'joined', run: A, by: 'trace' });
  expect(find({ ...call('send', {}, { traceId: trace }), agent: 'b' }).join).toEqual(alone);
  turn(B, { messages: [user('z')] }, [assistant('y')], undefined, trace);
  expect(find(call('send', {}, { traceId: trace })).join).toEqual(alone);
});

it('of too many runs the latest are named', () => {
  for (const run of runs) turn(run, { messages: [user('x')] }, [proposal('send', {})]);
  const { join } = find(call('send', {}));
  expect(join).toEqual({ kind: 'uncertain', candidates: runs.slice(-8) });
});

it('one workspace does not push out what another is joined by', () => {
  turn(A, { messages: [user('x')] }, [proposal('send', { n: -1 })]);
  for (let n = 0; n < 9_000; n++) turn(B, { workspace: 'busy', messages: [user(`x${n}`)] }, [proposal('send', { n })]);
  expect(find(call('send', { n: -1 })).join).toMatchObject({ run: A });
  expect(find({ ...call('gone', {}), workspace: 'busy' }).join).toEqual(alone);
});
