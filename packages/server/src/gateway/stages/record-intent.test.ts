import type { Finding } from '@reeve/contracts';
import { expect, test } from 'vitest';
import type { Clearance } from '../../approvals/index.ts';
import { newId, ReeveError } from '../../lib/index.ts';
import type { ProposedAction } from '../action.ts';
import type { IdempotencyAnswer } from '../idempotency/index.ts';
import { Passage } from '../passage.ts';
import { clear } from './clear.ts';
import { decide } from './decide.ts';
import { recordIntent } from './record-intent.ts';
import type { StageParts } from './stage.ts';

// What people let pass, and what was done before: nothing counts before it is on record, and nobody is asked for what is done.

const HELD: Finding = { by: 'flow', verdict: 'hold', message: 'from a web page' };
const ALLOWED: Finding = { by: 'policy', verdict: 'allow', message: 'permitted' };

function passageOf(more: Partial<ProposedAction> = {}): Passage {
  const operation = { payload: () => new TextEncoder().encode('{}') };
  const action = { id: newId('action', 1), kind: 'tool.call', receivedAtMs: 1, attribution: {}, operation, ...more };
  const passage = new Passage(action as unknown as ProposedAction);
  const run = { id: 'run_1', root: 'run_1' };
  const target = { kind: 'tool', name: 'mail.send', effect: 'send', args: {} };
  const fleet = { workspace: 'default', version: 'v1', settings: { retention: { payloads: '7d' } } };
  const identity = { workspace: 'default', agent: 'a', credentialId: 'key_1' };
  Object.assign(passage, { run, target, fleet, identity, agent: { name: 'a' } });
  passage.findings.push(ALLOWED, HELD);
  return passage;
}

interface World {
  readonly parts: StageParts;
  readonly said: string[];
}

/** Parts that note in which order they were asked. */
function worldOf({ append, answer }: { append?: () => Promise<unknown>; answer?: IdempotencyAnswer } = {}): World {
  const said: string[] = [];
  const finding: Finding = { by: 'approval', verdict: 'allow', message: 'approved' };
  const released = { kind: 'released', by: 'apr_1', finding, statements: [], entries: [], settled: () => undefined };
  const parts = {
    approvals: { clear: () => said.push('asked') && (released as unknown as Clearance) },
    flows: { declassified: (_: unknown, findings: Finding[], by: string) => said.push(`${findings.length} by ${by}`) },
    ledger: {
      append: async () => {
        await append?.();
        said.push('on record');
      },
    },
    payloads: { keep: () => ({ id: 'pay_1', digest: 'd', size: 2, statement: { sql: '', params: [] } }) },
    records: { intentStatements: () => [] },
    runs: { runStatements: () => [], committed: () => undefined },
    idempotency: { begin: async () => said.push('looked up') && answer },
    now: () => 1,
  };
  return { parts: parts as unknown as StageParts, said };
}

async function pass(passage: Passage, { parts }: World) {
  await clear(passage, parts);
  return (await decide(passage, parts)) ?? recordIntent(passage, parts);
}

test('values count as let pass once it is on record that people did', async () => {
  const world = worldOf();
  expect(await pass(passageOf(), world)).toBeUndefined();
  expect(world.said).toEqual(['asked', 'on record', '1 by apr_1']);
});

test('and not where that fails, where another call used the approval, or where it is only tried', async () => {
  for (const error of [new Error('the disk is gone'), new ReeveError('conflict', 'used')]) {
    const world = worldOf({ append: () => Promise.reject(error) });
    await expect(pass(passageOf(), world)).rejects.toThrow();
    expect(world.said).toEqual(['asked']);
  }
  const world = worldOf();
  expect(await pass(passageOf({ dryRun: true, idempotencyKey: 'k' }), world)).toMatchObject({ kind: 'simulated' });
  expect(world.said).toEqual(['asked']);
});

const action = newId('action', 0);

test('a key that was used before is answered before anybody is asked, and lets nothing pass', async () => {
  const reply = { outcome: { kind: 'succeeded' }, status: 200, headers: {}, body: new Uint8Array(), costNanoUsd: 0 };
  const world = worldOf({ answer: { kind: 'replay', action, reply } as IdempotencyAnswer });
  const passage = passageOf({ idempotencyKey: 'k' });
  expect(await pass(passage, world)).toEqual({ kind: 'succeeded' });
  expect([world.said, passage.intended, passage.reply?.servedBy]).toEqual([['looked up'], false, 'replay']);
  expect(passage.findings).toContainEqual({ ...HELD, verdict: 'allow', releasedBy: action });
});

test('so is one of another request, and one whose outcome nobody knows', async () => {
  for (const code of ['idempotency_mismatch', 'outcome_unknown', 'action_in_progress'] as const) {
    const world = worldOf({ answer: { kind: 'refused', code, message: 'no', action } });
    expect(await pass(passageOf({ idempotencyKey: 'k' }), world)).toMatchObject({ kind: 'invalid', code });
    expect(world.said).toEqual(['looked up']);
  }
});

test('what is denied is denied, whatever its key was used for', async () => {
  const world = worldOf();
  const passage = passageOf({ idempotencyKey: 'k' });
  passage.findings.push({ by: 'policy', verdict: 'deny', message: 'forbidden' });
  expect(await pass(passage, world)).toMatchObject({ kind: 'denied' });
  expect(world.said).toEqual([]);
});
