import { ReeveClient } from '@reeve/sdk';
import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { approvalOf, codeOf, type Paid, pay, personToken } from '../approvals/approvals-plane.ts';
import { type Bank, bankFleet, startBank } from '../approvals/bank.ts';

// Somebody who may do a little tries to get more done: another payment than was approved, by people who may not, at a time that is over.

const LIMIT = `@id("limit") forbid(principal, action == Reeve::Action::"call", resource == Reeve::Tool::"bank.pay")
when { context has amount && context.amount.greaterThan(decimal("500.0")) };`;
const MORE = `---
{ kind: Agent, name: runner, owner: maya@example.com, sponsor: "Ren\u00e9@example.com", purpose: Pays too, tools: ["bank.*"] }
---
{ kind: Approvals, name: quick, agents: [runner], tools: [bank.note], require: always, expiry: 1s }
---
{ kind: Approvals, name: double, agents: [runner], tools: [bank.pay], quorum: 2 }
`;

let bank: Bank;
let reeve: Reeve;
let clerk: string;
let runner: string;
let omar: ReeveClient;

beforeAll(async () => {
  bank = await startBank();
  reeve = await startReeve({ fleet: { ...bankFleet(bank.url, MORE), 'policies/limit.cedar': LIMIT } });
  [clerk, runner] = await Promise.all([reeve.key('clerk'), reeve.key('runner')]);
  omar = await person('omar');
});
afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await bank?.[Symbol.asyncDispose]();
});

let before = 0;
let cents = 1_000;
beforeEach(() => {
  before = bank.payments.length;
  cents += 1;
});
const made = () => bank.payments.slice(before);
const call = (args: object = { to: 'acme', cents }, headers: Record<string, string> = {}) =>
  pay(reeve.url, clerk, args, { headers });

async function person(name: string): Promise<ReeveClient> {
  return new ReeveClient({ url: reeve.url, token: await personToken(reeve.admin, name, 'approver', 'default') });
}

async function approve(by: ReeveClient, approval: string, more: object = {}) {
  const { digest } = await reeve.admin.call('approvals.get', { params: { approval } });
  return by.call('approvals.approve', { params: { approval }, body: { digest, ...more } });
}

const refusal = ({ status, body }: Paid) => [status, body.error?.code];
const HELD = [403, 'approval_required'];

it('arguments edited beyond what the policy allows are approved in vain', async () => {
  await approve(omar, approvalOf(await call()), { args: { to: 'acme', cents: 50_001 } });
  expect(refusal(await call())).toEqual([403, 'policy_denied']);
  expect(refusal(await call({ to: 'acme', cents: 50_001 }))).toEqual([403, 'policy_denied']);
  expect(made()).toEqual([]);
});

it('what was approved is void for a stopped agent and run, and is not used up by trying', async () => {
  const approval = approvalOf(await call(undefined, { 'x-reeve-run': 'stopped' }));
  await approve(omar, approval);
  const { run } = await reeve.admin.call('approvals.get', { params: { approval } });
  for (const target of [{ kind: 'agent', name: 'clerk' } as const, { kind: 'run', id: run } as const]) {
    await reeve.admin.call('stops.order', { body: { target, reason: 'a test' } });
    const refused = await Promise.all([1, 2, 3].map(() => call(undefined, { 'x-reeve-run': 'stopped' })));
    for (const one of refused)
      expect([one.status, one.body.error?.code]).toEqual([403, expect.stringMatching(/_(suspended|stopped)$/)]);
    await reeve.admin.call('stops.lift', { body: { target } });
  }
  expect(made()).toEqual([]);
  expect((await call()).status).toBe(200);
  expect(refusal(await call())).toEqual(HELD);
});

it.each([
  ['another order of its members', (n: number) => `{"cents":${n},"to":"acme"}`, 200],
  ['the same number spelled otherwise', (n: number) => `{"to":"\\u0061cme","cents":${n}.0}`, 200],
  ['a number with an exponent', (n: number) => `{"to":"acme","cents":${n / 10}e1}`, 200],
  ['a text in the place of the number', (n: number) => `{"to":"acme","cents":"${n}"}`, 400],
  ['another number that rounds to it', (n: number) => `{"to":"acme","cents":${n}.0000000000000001}`, 200],
  ['one number too many', (n: number) => `{"to":"acme","cents":1,"cents":${n}}`, 400],
  ['a prototype', (n: number) => `{"to":"acme","cents":${n},"__proto__":{"cents":1}}`, 400],
  ['more arguments', (n: number) => `{"to":"acme","cents":${n},"memo":"x"}`, 400],
  ['a letter that looks the same', (n: number) => `{"to":"\u0430cme","cents":${n}}`, 403],
  ['something that nobody sees', (n: number) => `{"to":"acme\u200b","cents":${n}}`, 403],
  ['another composition of its letters', (n: number) => `{"to":"acme\u0301","cents":${n}}`, 403],
])('an approved call with %s is what was seen, or does not pass', async (_what, args, status) => {
  await approve(omar, approvalOf(await call()));
  const response = await fetch(`${reeve.url}/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${clerk}`, 'content-type': 'application/json' },
    body: `{"tool":"bank.pay","args":${args(cents)}}`,
  });
  expect(response.status).toBe(status);
  expect(made()).toEqual(status === 200 ? [{ to: 'acme', cents }] : []);
});

it.each(['MAYA@EXAMPLE.COM', 'ｍａｙａ@example.com', 'ma\u200bya@example.com', 'maya@exam\u00adple.com'])(
  'the owner of the agent is its owner as %j',
  async (email) => {
    const { token } = await reeve.admin.call('tokens.create', { body: { email, role: 'approver' } });
    const maya = new ReeveClient({ url: reeve.url, token });
    const approval = approvalOf(await call());
    expect(await codeOf(approve(maya, approval))).toBe('forbidden');
    expect(refusal(await call())).toEqual(HELD);
  },
);

it('so are its sponsor, however the accent is written, and whom the agent says that it acts for', async () => {
  const sponsor = await reeve.admin.call('tokens.create', {
    body: { email: 'Rene\u0301@example.com', role: 'approver' },
  });
  const held = approvalOf(await pay(reeve.url, runner, { to: 'acme', cents }));
  const client = new ReeveClient({ url: reeve.url, token: sponsor.token });
  expect(await codeOf(approve(client, held))).toBe('forbidden');
  const asked = approvalOf(await call(undefined, { 'x-reeve-user': 'OMAR@example.com' }));
  expect(await codeOf(approve(omar, asked))).toBe('forbidden');
  expect(await codeOf(approve(await person('lee'), asked))).toBe('ok');
  expect((await call()).status).toBe(200);
  const later = approvalOf(await call());
  await approve(omar, later);
  expect(refusal(await call(undefined, { 'x-reeve-user': 'Omar@Example.com' }))).toEqual(HELD);
});

it('one person with two tokens, or two spellings, is one of two', async () => {
  const wait = () => pay(reeve.url, runner, { to: 'acme', cents });
  const approval = approvalOf(await wait());
  const spellings = ['omar@example.com', 'Omar@Example.com', 'ｏmar@example.com'];
  for (const email of spellings) {
    const { token } = await reeve.admin.call('tokens.create', { body: { email, role: 'approver' } });
    expect(await approve(new ReeveClient({ url: reeve.url, token }), approval)).toMatchObject({
      state: 'pending',
      approved: 1,
    });
  }
  expect(refusal(await wait())).toEqual(HELD);
  expect(await approve(await person('lee'), approval)).toMatchObject({ state: 'approved' });
  expect((await wait()).status).toBe(200);
});

it('answers and calls in the last milliseconds: what ran out lets nothing pass, and what passed had not run out', async () => {
  const note = (n: number) => pay(reeve.url, runner, { n }, { tool: 'bank.note' });
  const held = await Promise.all(Array.from({ length: 12 }, async (_, n) => approvalOf(await note(n))));
  const shown = await Promise.all(held.map((approval) => omar.call('approvals.get', { params: { approval } })));
  const decided = await Promise.all(
    shown.map(async ({ id, digest, expiresAt }, n) => {
      await new Promise((resolve) => setTimeout(resolve, Date.parse(expiresAt) - Date.now() - 6 + n));
      const code = await codeOf(omar.call('approvals.approve', { params: { approval: id }, body: { digest } }));
      const answers = await Promise.all([note(n), note(n)]);
      return { code, passed: answers.filter(({ status }) => status === 200).length };
    }),
  );
  for (const { code, passed } of decided) {
    expect(['ok', 'conflict']).toContain(code);
    expect(passed).toBeLessThanOrEqual(code === 'ok' ? 1 : 0);
  }
  await expect
    .poll(
      async () =>
        (await Promise.all(shown.map(({ id }) => omar.call('approvals.get', { params: { approval: id } })))).map(
          ({ state }) => state,
        ),
      { timeout: 5_000 },
    )
    .toEqual(decided.map(({ passed }) => (passed === 1 ? 'used' : 'expired')));
});

it('calls and a new fleet at once: what is paid was judged by the fleet under which it was approved', async () => {
  const calls = Array.from({ length: 10 }, (_, n) => ({ to: 'acme', cents: 2_000 + n }));
  for (const args of calls) await approve(omar, approvalOf(await call(args)));
  const { files } = await reeve.admin.call('fleet.export');
  const changed = files.map((file) => ({ ...file, text: file.text.replace('Pays too', `Pays too, since ${cents}`) }));
  const paying = calls.map(async (args, n) => {
    await new Promise((resolve) => setTimeout(resolve, n * 3));
    return call(args);
  });
  const applied = reeve.admin.call('fleet.apply', { body: { files: changed } });
  const answers = await Promise.all(paying);
  const { version } = await applied;
  for (const answer of answers) if (answer.status !== 200) expect(refusal(answer)).toEqual(HELD);
  const passed = answers.filter(({ status }) => status === 200);
  expect(made()).toHaveLength(passed.length);
  for (const { headers } of passed) {
    const action = await reeve.admin.call('actions.get', { params: { action: headers.get('x-reeve-action') ?? '' } });
    expect(JSON.stringify(action)).not.toContain(version);
  }
  for (const args of calls) expect(refusal(await call(args))).toEqual(HELD);
});

it.each([
  ['uses without end', { maxUses: 1e9 }],
  ['no use', { maxUses: 0 }],
  ['half a use', { maxUses: 1.5 }],
  ['uses as text', { maxUses: '3' }],
  ['an amount as text', { maxAmount: '1000' }],
  ['an amount below nothing', { maxAmount: -1 }],
  ['an amount that is null', { maxAmount: null }],
  ['ten years', { for: '3650d' }],
  ['no time', { for: '0m' }],
  ['a time as a number', { for: 60_000 }],
  ['no end', { for: 'Infinity' }],
  ['no arguments', { args: {} }],
  ['another value', { args: { 'args.to': 'evil' } }],
  ['a value of another type', { args: { 'args.cents': 'x' } }],
  ['an inherited member', { args: { 'args.constructor': 'x' } }],
  ['the length of a text', { args: { 'args.to.length': 4 } }],
  ['all by a path', { args: { args: { to: 'acme' } } }],
  ['a member that nobody declared', { workspace: 'other' }],
])('a grant with %s is none', async (_what, more) => {
  const approval = approvalOf(await call());
  const { digest } = await omar.call('approvals.get', { params: { approval } });
  const body = { digest, for: '1h', ...more } as { digest: string; for: string };
  expect(await codeOf(omar.call('approvals.grant', { params: { approval }, body }))).toBe('invalid_request');
  expect(refusal(await call())).toEqual(HELD);
  expect((await omar.call('grants.list')).items).toEqual([]);
});

it('a grant for any arguments covers no larger amount, none below nothing, no other tool, agent or count', async () => {
  const approval = approvalOf(await call({ to: 'granted', cents: 300 }));
  const { digest } = await omar.call('approvals.get', { params: { approval } });
  await omar.call('approvals.grant', { params: { approval }, body: { digest, for: '1h', maxUses: 2, args: 'any' } });
  expect((await call({ to: 'granted', cents: 300 })).status).toBe(200);
  for (const cents of [301, -300, -1]) expect(refusal(await call({ to: 'x', cents }))).toEqual(HELD);
  expect(refusal(await pay(reeve.url, runner, { to: 'x', cents: 1 }))).toEqual(HELD);
  const many = await Promise.all(Array.from({ length: 20 }, (_, n) => call({ to: `y${n}`, cents: n })));
  expect(many.filter(({ status }) => status === 200)).toHaveLength(2);
  expect(made()).toHaveLength(3);
});
