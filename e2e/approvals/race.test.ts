import type { ReeveClient } from '@reeve/sdk';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ApprovalsPlane, approvalOf, codeOf, startApprovalsPlane } from './approvals-plane.ts';

// Whatever people and agents do at the same time, a payment that waits for people is made at most once, and only as they saw it.

let plane: ApprovalsPlane;
let omar: ReeveClient;
let lee: ReeveClient;
let maya: ReeveClient;
let stranger: ReeveClient;

beforeAll(async () => {
  plane = await startApprovalsPlane();
  omar = await plane.person('omar');
  lee = await plane.person('lee');
  maya = await plane.person('maya');
  stranger = await plane.person('omar', 'approver', 'other');
});
afterAll(() => plane?.[Symbol.asyncDispose]());

let before = 0;
let cents = 1_000;
beforeEach(() => {
  before = plane.bank.payments.length;
  cents += 1;
});
const made = () => plane.bank.payments.slice(before);
const args = () => ({ to: 'acme', cents });

const digestOf = async (approval: string) =>
  (await plane.reeve.admin.call('approvals.get', { params: { approval } })).digest;

async function approve(by: ReeveClient, approval: string, more: object = {}) {
  return by.call('approvals.approve', { params: { approval }, body: { digest: await digestOf(approval), ...more } });
}

it('waits, is approved by another person, goes through once, and waits again', async () => {
  const first = await plane.pay(args());
  expect([first.status, first.body.error?.code]).toEqual([403, 'approval_required']);
  const approval = approvalOf(first);
  expect(approvalOf(await plane.pay(args()))).toBe(approval);
  expect(made()).toEqual([]);
  await approve(omar, approval);
  const passed = await plane.pay(args());
  expect([passed.status, passed.body.sideEffect]).toEqual([200, `pay_${plane.bank.payments.length}`]);
  expect(approvalOf(await plane.pay(args()))).not.toBe(approval);
  expect(made()).toEqual([args()]);
  const { items } = await plane.reeve.admin.call('actions.list', { query: { outcome: 'succeeded', limit: 1 } });
  expect(items[0]?.findings).toContainEqual(
    expect.objectContaining({ by: 'approval', verdict: 'allow', rule: approval }),
  );
});

it('of 50 decisions at once by different people one wins and the rest hear who was first; of 50 calls then one pays', async () => {
  const approval = approvalOf(await plane.pay(args()));
  const digest = await digestOf(approval);
  const people = await Promise.all(Array.from({ length: 10 }, (_, n) => plane.person(`p${n}`)));
  const decisions = await Promise.allSettled(
    Array.from({ length: 50 }, (_, n) => {
      const by = people[n % people.length] as ReeveClient;
      return n % 3 === 0
        ? by.call('approvals.deny', { params: { approval }, body: { reason: `no, says ${n}` } })
        : by.call('approvals.approve', { params: { approval }, body: { digest } });
    }),
  );
  const won = decisions.filter((one) => one.status === 'fulfilled');
  expect(won).toHaveLength(1);
  for (const one of decisions)
    if (one.status === 'rejected')
      expect([one.reason.code, one.reason.message]).toEqual([
        'conflict',
        expect.stringMatching(/was (approved|denied) by p\d@example.com/),
      ]);
  const calls = await Promise.all(Array.from({ length: 50 }, () => plane.pay(args())));
  const state = won[0]?.value.state;
  const expected = state === 'approved' ? 1 : 0;
  expect(made()).toHaveLength(expected);
  expect(calls.filter(({ status }) => status === 200)).toHaveLength(expected);
  for (const { status, body } of calls)
    if (status !== 200)
      expect([status, body.error?.code]).toEqual([403, state === 'approved' ? 'approval_required' : 'approval_denied']);
});

it('50 calls at once under one approval pay once', async () => {
  await approve(omar, approvalOf(await plane.pay(args())));
  const calls = await Promise.all(Array.from({ length: 50 }, () => plane.pay(args())));
  expect(calls.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(made()).toEqual([args()]);
});

it('a call that is repeated with its idempotency key is paid once, and answered with the first reply without asking again', async () => {
  const headers = { 'idempotency-key': `key-${cents}` };
  await approve(omar, approvalOf(await plane.pay(args(), { headers })));
  const calls = await Promise.all(Array.from({ length: 10 }, () => plane.pay(args(), { headers })));
  calls.push(await plane.pay(args(), { headers }));
  expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 200));
  const [first, ...others] = calls.filter(({ headers: of }) => of.get('x-reeve-replay-of') === null);
  expect(others).toEqual([]);
  for (const { headers: of, body } of calls.filter((one) => one !== first))
    expect([of.get('x-reeve-replay-of'), body.sideEffect]).toEqual([
      first?.headers.get('x-reeve-action'),
      first?.body.sideEffect,
    ]);
  expect(approvalOf(await plane.pay(args()))).toMatch(/^apr_/);
  expect(made()).toEqual([args()]);
});

it('a repeated call hears the first reply though an approver edited its arguments, and another call with its key hears nothing', async () => {
  const headers = { 'idempotency-key': `edited-${cents}` };
  await approve(omar, approvalOf(await plane.pay(args(), { headers })), { args: { to: 'acme', cents: 2 } });
  const first = await plane.pay(args(), { headers });
  expect(first.status).toBe(200);
  const again = await plane.pay(args(), { headers });
  expect([again.status, again.headers.get('x-reeve-replay-of')]).toEqual([200, first.headers.get('x-reeve-action')]);
  const other = await plane.pay({ to: 'acme', cents: 2 }, { headers });
  expect(other.body.error?.code).toBe('idempotency_mismatch');
  expect(made()).toEqual([{ to: 'acme', cents: 2 }]);
});

it('another digest, an earlier one and none are refused', async () => {
  const approval = approvalOf(await plane.pay(args()));
  const other = await digestOf(approvalOf(await plane.pay({ ...args(), to: 'evil' })));
  expect(await codeOf(omar.call('approvals.approve', { params: { approval }, body: { digest: other } }))).toBe(
    'conflict',
  );
  expect(await codeOf(omar.call('approvals.approve', { params: { approval }, body: { digest: '' } }))).toBe(
    'invalid_request',
  );
  expect(await codeOf(omar.call('approvals.approve', { params: { approval }, body: {} as never }))).toBe(
    'invalid_request',
  );
  expect(approvalOf(await plane.pay(args()))).toBe(approval);
  expect(made()).toEqual([]);
});

it('arguments that an approver edited are judged again and paid in the place of the others', async () => {
  const approval = approvalOf(await plane.pay(args()));
  await approve(omar, approval, { args: { to: 'acme', cents: 1 }, reason: 'half of it first' });
  const shown = await plane.reeve.admin.call('approvals.get', { params: { approval } });
  expect(shown).toMatchObject({
    editedBy: 'omar@example.com',
    edits: [{ path: 'args.cents', before: String(cents), after: '1' }],
  });
  const paid = await plane.pay(args());
  expect([paid.status, paid.body.error?.message]).toEqual([200, undefined]);
  expect(made()).toEqual([{ to: 'acme', cents: 1 }]);
  expect((await plane.pay(args())).status).toBe(403);
});

it('edited arguments that the tool does not take are refused, and paid by nobody', async () => {
  const approval = approvalOf(await plane.pay(args()));
  expect(await codeOf(approve(omar, approval, { args: { to: 'acme', cents: 999_999_999 } }))).toBe('invalid_arguments');
  expect((await plane.pay(args())).status).not.toBe(200);
  expect(made()).toEqual([]);
});

it('the owner of the agent may refuse, and not approve; nor may whom the run acts for', async () => {
  const approval = approvalOf(await plane.pay(args(), { headers: { 'x-reeve-user': 'Lee@example.com' } }));
  expect(await codeOf(approve(maya, approval))).toBe('forbidden');
  expect(await codeOf(approve(lee, approval))).toBe('forbidden');
  const denied = await maya.call('approvals.deny', { params: { approval }, body: { reason: 'not this month' } });
  expect(denied.state).toBe('denied');
  const refused = await plane.pay(args());
  expect([refused.status, refused.body.error?.code]).toEqual([403, 'approval_denied']);
  expect(refused.body.error?.message).toContain('not this month');
  expect(made()).toEqual([]);
});

it("an agent's own key decides nothing", async () => {
  const approval = approvalOf(await plane.pay(args()));
  const key = await plane.reeve.key('clerk');
  for (const path of [`/api/approvals/${approval}/approve`, `/api/approvals/${approval}/deny`]) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ digest: await digestOf(approval), reason: 'yes' });
    expect((await fetch(new URL(path, plane.reeve.url), { method: 'POST', headers, body })).status).toBe(401);
  }
});

it('an approver of another workspace cannot tell an approval from none', async () => {
  const approval = approvalOf(await plane.pay(args()));
  const none = `${approval.slice(0, -4)}0000`;
  const digest = await digestOf(approval);
  const answers = [];
  for (const id of [approval, none])
    for (const workspace of ['other', 'default']) {
      const ask = { params: { approval: id }, query: { workspace } };
      for (const call of [
        stranger.call('approvals.get', ask),
        stranger.call('approvals.approve', { ...ask, body: { digest } }),
        stranger.call('approvals.deny', { ...ask, body: { reason: 'no' } }),
      ]) {
        const error = await call.then(
          () => ({ code: 'ok', message: '' }),
          (thrown: { code: string; message: string }) => thrown,
        );
        answers.push([workspace, error.code, error.message.replaceAll(id, 'ID')].join(' '));
      }
    }
  expect(answers.slice(0, 6)).toEqual(answers.slice(6));
  expect(new Set(answers.map((answer) => answer.split(' ')[1]))).toEqual(new Set(['not_found']));
  expect((await stranger.call('approvals.list')).items).toEqual([]);
  expect(approvalOf(await plane.pay(args()))).toBe(approval);
});

it('a viewer sees no arguments and decides nothing; a revoked token nothing at all', async () => {
  const approval = approvalOf(await plane.pay(args()));
  const viewer = await plane.person('vera', 'viewer');
  expect(await codeOf(viewer.call('approvals.get', { params: { approval } }))).toBe('forbidden');
  expect(await codeOf(approve(viewer, approval))).toBe('forbidden');
  expect(await codeOf(viewer.call('approvals.metrics'))).toBe('ok');
  expect(await codeOf(viewer.call('tokens.list'))).toBe('forbidden');
  const rosa = await plane.person('rosa');
  await approve(rosa, approval);
  const { items } = await plane.reeve.admin.call('tokens.list');
  const token = items.find(({ email }) => email === 'rosa@example.com')?.id ?? '';
  await plane.reeve.admin.call('tokens.revoke', { params: { token } });
  expect(await codeOf(approve(rosa, approval))).toBe('unauthenticated');
  const again = await plane.pay(args());
  expect(again.body.error?.message).toContain('may no longer');
  expect(made()).toEqual([]);
});

it('a changed fleet voids what was approved under the one before', async () => {
  await approve(omar, approvalOf(await plane.pay(args())));
  const exported = await plane.reeve.admin.call('fleet.export');
  const files = exported.files.map((file) => ({
    ...file,
    text: file.text.replace('Pays what is due', 'Pays what is due now'),
  }));
  await plane.reeve.admin.call('fleet.apply', { body: { files } });
  const again = await plane.pay(args());
  expect([again.status, again.body.error?.message]).toEqual([403, expect.stringContaining('the fleet changed')]);
  expect(made()).toEqual([]);
  await approve(omar, approvalOf(again));
  expect((await plane.pay(args())).status).toBe(200);
});

it('a grant lets calls within its bounds pass, until it is revoked', async () => {
  const approval = approvalOf(await plane.pay(args()));
  const body = { digest: await digestOf(approval), for: '1h', maxUses: 3, args: { 'args.to': 'acme' } };
  await omar.call('approvals.grant', { params: { approval }, body });
  expect((await plane.pay(args())).status).toBe(200);
  expect((await plane.pay({ to: 'acme', cents: 7 })).status).toBe(200);
  expect((await plane.pay({ to: 'evil', cents: 7 })).status).toBe(403);
  expect((await plane.pay({ to: 'acme', cents: cents + 1 })).status).toBe(403);
  const [grant] = (await omar.call('grants.list')).items;
  expect(grant).toMatchObject({ used: 1, maxUses: 3, by: 'omar@example.com', maxAmount: cents / 100 });
  await omar.call('grants.revoke', { params: { grant: grant?.id ?? '' } });
  expect((await plane.pay({ to: 'acme', cents: 8 })).status).toBe(403);
  expect(made()).toHaveLength(2);
});

it('every step is on the ledger, by ids, without what was paid to whom', async () => {
  const text = JSON.stringify((await plane.reeve.admin.call('audit.entries', { query: { limit: 1_000 } })).items);
  for (const event of ['approval.requested', 'approval.decided', 'approval.used', 'grant.created', 'token.created'])
    expect([event, text.includes(event)]).toEqual([event, true]);
  for (const personal of ['evil', 'acme', '@example.com', 'half of it first', 'not this month'])
    expect([personal, text.includes(personal)]).toEqual([personal, false]);
});

it('counts what happened for operators', async () => {
  const metrics = await (await fetch(new URL('/metrics', plane.reeve.url))).text();
  for (const series of [
    'reeve_approvals_total{event="approved"}',
    'reeve_approvals_total{event="denied"}',
    'reeve_approvals_pending',
  ])
    expect([series, new RegExp(`^${series.replaceAll(/[{}]/g, '\\$&')} [1-9]`, 'm').test(metrics)]).toEqual([
      series,
      true,
    ]);
  expect(metrics).toContain('reeve_approval_wait_seconds_count');
});
