import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AarmPlane, startAarmPlane } from './aarm-plane.ts';

// The technical tests of AARM v1.0 that nothing else proves. Numbers are those of its table; e2e/requirements.ts maps all of them.

let world: AarmPlane;
beforeAll(async () => {
  world = await startAarmPlane();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const sent = () => world.api.received.length;

it('1: what a policy denies does not execute, and there is a receipt of the denial', async () => {
  const before = sent();
  const denied = await world.call('clerk', 'shop.wipe', { id: '7' });
  expect(denied).toMatchObject({ status: 403, code: 'policy_denied' });
  expect(sent()).toBe(before);
  const receipt = await world.receipt(denied.action);
  receipt.verify();
  expect(receipt.entry).toMatchObject({
    event: 'action.refused',
    verdict: 'deny',
    agent: 'clerk',
    target: 'shop.wipe',
  });
});

it('2, 9: a call that leaves out what decides waits for facts, does nothing, and there is a receipt of the deferral', async () => {
  const before = sent();
  const deferred = await world.call('clerk', 'shop.order', { total: 5 });
  expect(deferred).toMatchObject({ status: 403, code: 'approval_required' });
  expect(sent()).toBe(before);
  const receipt = await world.receipt(deferred.action);
  receipt.verify();
  expect(receipt.entry).toMatchObject({ event: 'action.refused', verdict: 'hold', outcome: 'held' });
  expect(receipt.entry.findings).toContainEqual(
    expect.objectContaining({ by: 'policy', rule: 'whose', waitsFor: 'facts' }),
  );
});

it('6: what is forbidden is denied in whatever context', async () => {
  for (const read of [[], ['shop.file'], ['shop.ticket'], ['shop.ticket', 'shop.file']]) {
    const run = `forbidden-${read.length}-${read[0]?.slice(5) ?? 'none'}`;
    for (const tool of read) expect((await world.call('clerk', tool, { id: '1' }, run)).status).toBe(200);
    expect(await world.call('clerk', 'shop.wipe', { id: '7' }, run)).toMatchObject({ code: 'policy_denied' });
  }
});

it('7: what is allowed is denied after sensitive data was read, in that run alone', async () => {
  expect((await world.call('clerk', 'shop.mail', { text: 'hello' }, 'mailing')).status).toBe(200);
  expect((await world.call('clerk', 'shop.file', { id: '1' }, 'mailing')).status).toBe(200);
  expect(await world.call('clerk', 'shop.mail', { text: 'hello' }, 'mailing')).toMatchObject({
    status: 403,
    code: 'policy_denied',
  });
  expect((await world.call('clerk', 'shop.mail', { text: 'hello' }, 'other')).status).toBe(200);
});

it('8: what is denied is allowed where the context confirms it', async () => {
  expect(await world.call('clerk', 'shop.ship', { id: '7' }, 'shipping')).toMatchObject({ code: 'policy_denied' });
  expect((await world.call('clerk', 'shop.ticket', { id: '7' }, 'shipping')).status).toBe(200);
  expect((await world.call('clerk', 'shop.ship', { id: '7' }, 'shipping')).status).toBe(200);
});

it('11, 12: nobody resolved it in time, a person or facts: denied', async () => {
  const waiting = [{ vendor: 'globex', total: 900 }, { total: 6 }];
  for (const args of waiting)
    expect(await world.call('clerk', 'shop.order', args)).toMatchObject({ code: 'approval_required' });
  await expect
    .poll(
      async () => {
        const { items } = await world.plane.reeve.admin.call('approvals.list', { query: { state: 'expired' } });
        return items.length;
      },
      { timeout: 10_000, interval: 100 },
    )
    .toBeGreaterThanOrEqual(2);
  const before = sent();
  const { admin } = world.plane.reeve;
  const { items } = await admin.call('approvals.list', { query: { state: 'expired' } });
  for (const { id } of items)
    await expect(
      admin.call('approvals.approve', { params: { approval: id }, body: { digest: '0'.repeat(64) } }),
    ).rejects.toThrow();
  expect(sent()).toBe(before);
});

it('13, 15: each receipt names requester and policy version, and no other requester or version fits it', async () => {
  const allowed = await world.call('clerk', 'shop.order', { vendor: 'globex', total: 5 });
  const steppedUp = await world.call('clerk', 'shop.order', { vendor: 'globex', total: 500 });
  const deferred = await world.call('clerk', 'shop.order', { total: 7 });
  const denied = await world.call('intern', 'shop.order', { vendor: 'globex', total: 5 });
  const { admin } = world.plane.reeve;
  const version = (await admin.call('status.get', {})).workspaces[0]?.fleetVersion;
  for (const { action } of [steppedUp, deferred, denied]) {
    const { entry, text, verify } = await world.receipt(action);
    verify();
    expect(entry).toMatchObject({ fleet: version, credential: expect.stringMatching(/^key_/) });
    expect(() => verify(text.replace(`"${String(entry.agent)}"`, '"another"'))).toThrow();
    expect(() => verify(text.replace(String(version), `sha256:${'0'.repeat(64)}`))).toThrow();
  }
  const { intentEntry } = await admin.call('actions.get', { params: { action: allowed.action } });
  const { entry } = await admin.call('audit.receipt', { params: { index: intentEntry ?? -1 } });
  const intended: unknown = JSON.parse(entry);
  expect(intended).toMatchObject({ event: 'action.intended', agent: 'clerk', verdict: 'allow', fleet: version });
});

it('17: two principals of one session are told apart, each with the version under which it acted', async () => {
  const [clerk, intern] = [
    await world.call('clerk', 'shop.file', { id: '1' }),
    await world.call('intern', 'shop.file', { id: '1' }),
  ];
  const views = await Promise.all(
    [clerk, intern].map(({ action }) => world.plane.reeve.admin.call('actions.get', { params: { action } })),
  );
  expect(views.map(({ agent, user, session }) => [agent, user, session])).toEqual([
    ['clerk', 'user-7', 'session-9'],
    ['intern', 'user-7', 'session-9'],
  ]);
  expect(new Set(views.map(({ credential }) => credential)).size).toBe(2);
  expect(views.every(({ fleetVersion }) => fleetVersion?.startsWith('sha256:'))).toBe(true);
});

it('16, 18: what was deferred and then resolved is done as who asked; who resolved it, how and when is on the ledger', async () => {
  const omar = await world.approver();
  const { admin } = world.plane.reeve;
  const deferred = await world.call('clerk', 'shop.order', { total: 11 }, 'resolved');
  const params = { approval: deferred.approval ?? '' };
  const { digest } = await omar.call('approvals.get', { params });
  await omar.call('approvals.approve', { params, body: { digest } });
  const passed = await world.call('clerk', 'shop.order', { total: 11 }, 'resolved');
  expect(passed.status).toBe(200);
  const [asked, done] = await Promise.all(
    [deferred, passed].map(({ action }) => admin.call('actions.get', { params: { action } })),
  );
  const identity = ({ agent, credential, run, user, session }: NonNullable<typeof asked>) =>
    [agent, credential, run, user, session].join(' ');
  expect(done && identity(done)).toBe(asked && identity(asked));
  const { items } = await admin.call('audit.entries', { query: { limit: 1_000 } });
  const entries = items.map(({ entry }) => entry as Record<string, unknown>);
  const decided = entries.find(({ event, approval }) => event === 'approval.decided' && approval === deferred.approval);
  expect(decided).toMatchObject({
    verdict: 'approve',
    state: 'approved',
    by: expect.any(String),
    at: expect.any(Number),
  });
  const released = entries.find(({ event, action }) => event === 'action.intended' && action === passed.action);
  expect(released?.findings).toContainEqual(
    expect.objectContaining({ by: 'policy', rule: 'whose', waitsFor: 'facts', releasedBy: deferred.approval }),
  );
});
