import type { ActionId } from '@reeve/contracts';
import { beforeEach, expect, it } from 'vitest';
import type { Identity } from '../../access/index.ts';
import { newId } from '../../lib/index.ts';
import type { Waited } from '../waiting-pipeline.ts';
import { AdvisedCall } from './advised-call.ts';
import { MAX_OPEN_ACTIONS, MAX_OPEN_ACTIONS_PER_AGENT, OpenActions } from './open-actions.ts';
import type { Report } from './report.ts';

const REPORT: Report = { outcome: 'succeeded', result: 1 };
const mine = { workspace: 'default', agent: 'clerk', credentialId: 'key_1' } as unknown as Identity;

let open: OpenActions;
let id: ActionId;
let gone: AbortController;
beforeEach(() => {
  open = new OpenActions();
  id = newId('action');
  gone = new AbortController();
});

/** An action that ends as soon as its report is known. */
function begin(withinMs = 60_000) {
  const call = new AdvisedCall();
  const { token, report } = open.await({ id, identity: mine, callerGone: gone.signal }, call, withinMs);
  void call.begin(
    async () => ({ outcome: { kind: (await report) === undefined ? 'interrupted' : 'succeeded' } }) as Waited,
  );
  return { token, report };
}

it('takes one report of many at once', async () => {
  const { token } = begin();
  const answers = await Promise.allSettled(Array.from({ length: 50 }, () => open.report(mine, id, token, REPORT)));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it.each<[string, Partial<Identity>, string | undefined, boolean]>([
  ['another workspace', { workspace: 'other' }, undefined, false],
  ['another agent', { agent: 'other' }, undefined, false],
  ['another token', {}, 'guessed', false],
  ['another action', {}, undefined, true],
])('takes none of %s, and still waits', async (_, who, token, another) => {
  const begun = begin();
  const whose = another ? newId('action') : id;
  await expect(open.report({ ...mine, ...who }, whose, token ?? begun.token, REPORT)).rejects.toMatchObject({
    code: 'not_found',
  });
  expect((await open.report(mine, id, begun.token, REPORT)).ended.outcome.kind).toBe('succeeded');
});

it('gives up when the time is over, when the caller is gone before it heard, and when the server ends', async () => {
  expect(await begin(1).report).toBeUndefined();
  id = newId('action');
  const left = begin();
  gone.abort();
  expect(await left.report).toBeUndefined();
  expect(await begin().report).toBeUndefined();
  gone = new AbortController();
  const ending = begin();
  await open.close();
  expect(await ending.report).toBeUndefined();
  expect(await begin().report).toBeUndefined();
});

it('has room for so many of one agent, and so many in all; a place is given back once', () => {
  const leave = Array.from({ length: MAX_OPEN_ACTIONS_PER_AGENT }, () => open.enter('default', 'clerk'));
  expect(() => open.enter('default', 'clerk')).toThrow('too many');
  leave[0]?.();
  leave[0]?.();
  open.enter('default', 'clerk');
  expect(() => open.enter('default', 'clerk')).toThrow('too many');
  for (let taken = MAX_OPEN_ACTIONS_PER_AGENT; taken < MAX_OPEN_ACTIONS; taken++) open.enter('other', `a${taken}`);
  expect(() => open.enter('third', 'clerk')).toThrow('too many');
});
