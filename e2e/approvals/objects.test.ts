import type { ReeveClient } from '@reeve/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApprovalsPlane, approvalOf, codeOf, startApprovalsPlane } from './approvals-plane.ts';

// What Approvals objects ask for, through the server: how many people, which, until when, and who is asked next.

const OBJECTS = `---
kind: Approvals
name: payments
tools: [bank.pay]
approvers: [omar@example.com, lee@example.com]
quorum: 2
escalate: [{ after: 1s, to: [rosa@example.com] }]
---
kind: Approvals
name: notes
tools: [bank.note]
require: always
expiry: 1s
`;

let plane: ApprovalsPlane;
const people: Record<string, ReeveClient> = {};
beforeAll(async () => {
  plane = await startApprovalsPlane(OBJECTS);
  for (const name of ['omar', 'lee', 'rosa', 'vera']) people[name] = await plane.person(name);
});
afterAll(() => plane?.[Symbol.asyncDispose]());

async function approve(name: string, approval: string): Promise<string> {
  const by = people[name] ?? plane.reeve.admin;
  const { digest } = await plane.reeve.admin.call('approvals.get', { params: { approval } });
  return by.call('approvals.approve', { params: { approval }, body: { digest } }).then(
    ({ state }) => state,
    (error: { code: string }) => error.code,
  );
}

it('two people of those named must agree; one twice is one, and another approver is none', async () => {
  const call = { to: 'acme', cents: 1 };
  const approval = approvalOf(await plane.pay(call));
  expect(await approve('vera', approval)).toBe('forbidden');
  expect(await Promise.all([approve('omar', approval), approve('omar', approval)])).toEqual(['pending', 'pending']);
  expect((await plane.pay(call)).status).toBe(403);
  expect(await approve('lee', approval)).toBe('approved');
  expect((await plane.pay(call)).status).toBe(200);
  expect(plane.bank.payments).toEqual([call]);
});

it('who is asked next may decide once it is their turn', async () => {
  const approval = approvalOf(await plane.pay({ to: 'acme', cents: 2 }));
  expect(await approve('rosa', approval)).toBe('forbidden');
  await expect.poll(() => approve('rosa', approval), { timeout: 10_000 }).toBe('pending');
  expect(await approve('omar', approval)).toBe('approved');
  const entries = (await plane.reeve.admin.call('audit.entries', { query: { limit: 1_000 } })).items;
  expect(JSON.stringify(entries)).toContain('"event":"approval.escalated"');
});

it('nobody answered in time: that is no, and a late answer changes nothing', async () => {
  const note = () => plane.pay({ text: 'x' }, { tool: 'bank.note' });
  const approval = approvalOf(await note());
  const stateOf = async () => (await plane.reeve.admin.call('approvals.get', { params: { approval } })).state;
  await expect.poll(stateOf, { timeout: 10_000 }).toBe('expired');
  expect(await approve('admin', approval)).toBe('conflict');
  expect(approvalOf(await note())).not.toBe(approval);
});

it('a fleet whose objects ask for what cannot be is refused with file and line', async () => {
  const text = '{ kind: Approvals, name: payments, approvers: [omar@example.com], quorum: 3 }';
  const { files } = await plane.reeve.admin.call('fleet.export');
  const kept = files.map((file) => ({
    ...file,
    text: file.text.replace(/kind: Approvals\nname: payments/, 'kind: Approvals\nname: other'),
  }));
  const broken = { files: [...kept, { path: 'broken.yaml', text }] };
  expect(await codeOf(plane.reeve.admin.call('fleet.apply', { body: broken }))).toBe('invalid_fleet');
  const { problems } = await plane.reeve.admin.call('fleet.plan', { body: broken });
  expect(JSON.stringify(problems)).toContain('3 people must approve, but only 1 may');
});
