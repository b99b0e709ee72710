import type { ApiEvent, ReeveClient } from '@reeve/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApprovalsPlane, approvalOf, codeOf, startApprovalsPlane } from './approvals-plane.ts';

type Event = ApiEvent<'approvals.events'>;

let plane: ApprovalsPlane;
let omar: ReeveClient;
beforeAll(async () => {
  plane = await startApprovalsPlane();
  omar = await plane.person('omar');
});
afterAll(() => plane?.[Symbol.asyncDispose]());

/** What a listener hears until it is closed. */
async function listen(client: ReeveClient, lastEventId?: string) {
  const heard: Event[] = [];
  const over = new AbortController();
  const options = { signal: over.signal, ...(lastEventId === undefined ? {} : { lastEventId }) };
  const reading = (async () => {
    for await (const event of client.stream('approvals.events', {}, options)) heard.push(event);
  })().catch(() => undefined);
  // The answer has begun once the server lists one more; an event of our own proves that it hears.
  await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    heard,
    ended: reading,
    names: () => heard.map((event) => (event.event === 'reset' ? 'reset' : event.data.event)),
    close: async () => {
      over.abort();
      await reading;
    },
  };
}

it('tells what happens, to whoever may decide, and to nobody of another workspace', async () => {
  const [here, there] = [await listen(omar), await listen(await plane.person('zoe', 'approver', 'other'))];
  const approval = approvalOf(await plane.pay({ to: 'acme', cents: 1 }));
  const { digest } = await omar.call('approvals.get', { params: { approval } });
  await omar.call('approvals.approve', { params: { approval }, body: { digest } });
  await plane.pay({ to: 'acme', cents: 1 });
  await expect.poll(here.names).toEqual(['requested', 'approved', 'used']);
  expect(JSON.stringify(here.heard)).not.toContain('acme');
  expect(there.names()).toEqual([]);
  await Promise.all([here.close(), there.close()]);
});

it('goes on after the last event that was heard, or says that some are lost', async () => {
  const first = await listen(omar);
  await plane.pay({ to: 'acme', cents: 2 });
  await expect.poll(first.names).toEqual(['requested']);
  await first.close();
  const last = first.heard[0];
  if (last?.event !== 'data') throw new Error('expected an event');
  await plane.pay({ to: 'acme', cents: 3 });
  const second = await listen(omar, last.id);
  await expect.poll(second.names).toEqual(['requested']);
  await second.close();
  const third = await listen(omar, 'ffffffff-7');
  await expect.poll(third.names).toEqual(['reset']);
  await third.close();
});

it('ends with the token', async () => {
  const rosa = await listen(await plane.person('rosa'));
  const { items } = await plane.reeve.admin.call('tokens.list');
  const token = items.find(({ email }) => email === 'rosa@example.com')?.id ?? '';
  await plane.reeve.admin.call('tokens.revoke', { params: { token } });
  await plane.pay({ to: 'acme', cents: 9 });
  await rosa.ended;
  expect(rosa.names()).toEqual([]);
});

it('needs a token of an approver', async () => {
  const viewer = await plane.person('vera', 'viewer');
  expect(await codeOf(viewer.stream('approvals.events').next())).toBe('forbidden');
});

it('is no reason to stay when the server ends', async () => {
  const other = await startApprovalsPlane();
  const open = await listen(other.reeve.admin);
  await other[Symbol.asyncDispose]();
  await open.close();
});
