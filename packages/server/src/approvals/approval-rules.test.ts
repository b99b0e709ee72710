import type { Effect } from '@reeve/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApprovalWorld } from './__fixtures__/approval-world.ts';
import { ApprovalRules, approvalsProblems } from './approval-rules.ts';

let world: ApprovalWorld;
beforeAll(async () => {
  world = await ApprovalWorld.open();
});
afterAll(() => world.close());

const SOON = { by: 'bank.undo', within: '5m' };
const LATER = { by: 'bank.undo', within: '6m' };
const MADE_UP_FOR = { by: 'bank.undo' };

async function waits(agent: string, reversible: unknown, object: object | undefined, effect: Effect = 'pay') {
  await world.apply(world.fleet({ objects: object === undefined ? [] : [{ name: 'own', ...object }] }));
  const declaration = world.declared(reversible);
  const withinMs = reversible === SOON ? 300_000 : 360_000;
  const known =
    reversible === undefined || reversible === 'irreversible'
      ? ('irreversible' as const)
      : reversible === MADE_UP_FOR
        ? ('compensable' as const)
        : { withinMs };
  return world.desk.requirement({ ...world.held({ agent, effect }), declaration, reversible: known }) !== undefined;
}

describe('what waits for a person whatever its risk', () => {
  // Of a tool that is irreversible, compensable, reversible in six minutes, in five, and that declares nothing.
  test.each([
    ['supervised', 'clerk', undefined, 'wait wait wait pass pass'],
    ['pilot', 'pilot', undefined, 'wait pass pass pass pass'],
    ['autopilot', 'auto', undefined, 'pass pass pass pass pass'],
    ['shadow', 'shade', undefined, 'pass pass pass pass pass'],
    ['supervised, and an object that asks for nothing more', 'clerk', { require: 'risky' }, 'wait wait wait pass pass'],
    ['autopilot under the default object', 'auto', {}, 'wait wait wait pass pass'],
    ['autopilot, not-reversible', 'auto', { require: 'not-reversible' }, 'wait wait wait pass wait'],
    ['autopilot, always', 'auto', { require: 'always' }, 'wait wait wait wait wait'],
    ['an object for another agent', 'auto', { require: 'always', agents: ['clerk'] }, 'pass pass pass pass pass'],
    ['an object for another tool', 'auto', { require: 'always', tools: ['mail.*'] }, 'pass pass pass pass pass'],
    ['an object for another effect', 'auto', { require: 'always', effects: ['send'] }, 'pass pass pass pass pass'],
  ])('%s', async (_what, agent, object, expected) => {
    const found = [];
    for (const reversible of ['irreversible', MADE_UP_FOR, LATER, SOON, undefined])
      found.push((await waits(agent, reversible, object)) ? 'wait' : 'pass');
    expect(found.join(' ')).toBe(expected);
  });

  test('a read waits only where an object asks for every call', async () => {
    expect(await waits('clerk', 'irreversible', { require: 'not-reversible' }, 'read')).toBe(false);
    expect(await waits('clerk', 'irreversible', { require: 'always' }, 'read')).toBe(true);
  });

  test('an agent that nobody declared a tool for', async () => {
    const held = { ...world.held({}), declaration: undefined };
    await world.apply(world.fleet({}));
    expect(world.desk.requirement(held)).toBeUndefined();
    await world.apply(world.fleet({ objects: [{ name: 'own', require: 'not-reversible' }] }));
    expect(world.desk.requirement(held)).toMatchObject({ by: 'approval', verdict: 'hold', rule: 'approvals own' });
  });
});

test('of objects that cover a call the strictest and the most specific count', () => {
  const fleet = world.fleet({
    objects: [
      {
        name: 'all',
        require: 'risky',
        quorum: 2,
        expiry: '4h',
        hold: '1m',
        separation: false,
        approvers: ['a@example.com', 'b@example.com'],
      },
      {
        name: 'tool',
        require: 'always',
        tools: ['bank.pay'],
        expiry: '8h',
        hold: '2m',
        separation: false,
        approvers: ['c@example.com', 'd@example.com'],
      },
      { name: 'server', require: 'irreversible', tools: ['bank.*'], expiry: '1h', hold: '3m' },
    ],
  });
  expect(new ApprovalRules(fleet).of('clerk', 'bank.pay', 'pay')).toEqual({
    objects: ['tool', 'server', 'all'],
    ...{
      require: 'always',
      requiredBy: 'tool',
      quorum: 2,
      separation: true,
      expiryMs: 3_600_000,
      holdMs: 120_000,
      batchMs: 0,
    },
    approvers: ['c@example.com', 'd@example.com'],
    escalate: [],
  });
  expect(new ApprovalRules(fleet).of('clerk', 'mail.send', 'send')).toMatchObject({
    objects: ['all'],
    separation: false,
  });
});

test.each([
  ['more people than there are', { quorum: 2, approvers: ['a@example.com', 'A@example.com'] }, 'only 1 may'],
  ['only those who are kept apart', { agents: ['clerk'], approvers: ['owner@example.com'] }, 'only 0 may'],
  ['an agent that there is not', { agents: ['nobody'] }, 'no Agent "nobody"'],
  ['no time', { expiry: '0s' }, 'at least 1s'],
  ['a year', { expiry: '365d' }, 'at most 30d'],
])('%s is a problem of the fleet', (_what, object, message) => {
  const problems = approvalsProblems(world.fleet({ objects: [{ name: 'own', ...object }] }));
  expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
});
