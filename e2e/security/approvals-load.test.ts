import type { ReeveClient } from '@reeve/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type ApprovalsPlane,
  approvalOf,
  codeOf,
  pay,
  personToken,
  startApprovalsPlane,
} from '../approvals/approvals-plane.ts';

// Whoever floods has their share and no more: others are heard, and what waits holds nothing.

const AGENTS = 11;
const agents = Array.from({ length: AGENTS }, (_, n) => `w${n}`);
const MORE = agents
  .map(
    (name) =>
      `---\n{ kind: Agent, name: ${name}, owner: maya@example.com, purpose: Waits, tools: ["bank.*"], limits: { toolCallsPerRun: 100000, toolCallsPerMinute: 100000 } }\n`,
  )
  .join('');

let plane: ApprovalsPlane;
let omar: ReeveClient;
beforeAll(async () => {
  plane = await startApprovalsPlane(MORE);
  omar = await plane.person('omar');
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const pendingOf = async (agent: string) =>
  (await omar.call('approvals.list', { query: { agent, state: 'pending' } })).items;

it('a thousand calls wait at once, the rest are answered at once; a yes lets one of a hundred equal ones pass', {
  timeout: 60_000,
}, async () => {
  const keys = await Promise.all(agents.map((agent) => plane.reeve.key(agent)));
  const gone = new AbortController();
  let answered = 0;
  const wait = async (key: string) => {
    const response = await fetch(`${plane.reeve.url}/actions`, {
      method: 'POST',
      signal: gone.signal,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-reeve-wait': '5m' },
      body: JSON.stringify({ tool: 'bank.pay', args: { to: 'acme', cents: 1 } }),
    });
    answered++;
    return response.status;
  };
  const waiting = keys.flatMap((key) => Array.from({ length: 100 }, () => wait(key).catch(() => 0)));
  await expect.poll(() => answered, { timeout: 30_000 }).toBe((AGENTS - 10) * 100);
  const asked = (await Promise.all(agents.map(pendingOf))).flat();
  expect(asked).toHaveLength(AGENTS);
  for (const { id, digest } of asked.slice(0, 3))
    await omar.call('approvals.approve', { params: { approval: id }, body: { digest } });
  await expect.poll(() => plane.bank.payments.length, { timeout: 10_000 }).toBe(3);
  // The others hear that it was used: nobody asks people anew on their own.
  await expect.poll(() => answered, { timeout: 10_000 }).toBe((AGENTS - 7) * 100);
  expect((await Promise.all(agents.slice(0, 3).map(pendingOf))).flat()).toEqual([]);
  gone.abort();
  await Promise.all(waiting);
  // Nobody is there any more: a yes that comes now executes nothing.
  const { id, digest } = asked[4] ?? { id: '', digest: '' };
  await omar.call('approvals.approve', { params: { approval: id }, body: { digest } });
  const last = await pay(
    plane.reeve.url,
    keys[5] ?? '',
    { to: 'acme', cents: 2 },
    { headers: { 'x-reeve-wait': '50ms' } },
  );
  expect(approvalOf(last)).toMatch(/^apr_/);
  expect(plane.bank.payments).toHaveLength(3);
});

it('an agent that asks without end is told to wait for people, and others still are heard', async () => {
  const flood = await Promise.all(Array.from({ length: 150 }, (_, n) => plane.pay({ to: 'flood', cents: n })));
  const asked = flood.filter(({ body }) => body.error?.approval !== undefined);
  expect(asked).toHaveLength(100);
  for (const { status, body } of flood.filter((one) => !asked.includes(one)))
    expect([status, body.error?.code, body.error?.message]).toEqual([
      403,
      'approval_required',
      expect.stringContaining('wait for people already'),
    ]);
  const other = await pay(plane.reeve.url, await plane.reeve.key('w9'), { to: 'acme', cents: 7 });
  expect(approvalOf(other)).toMatch(/^apr_/);
  const [first] = asked;
  if (first === undefined) throw new Error('expected one');
  await omar.call('approvals.deny', { params: { approval: approvalOf(first) }, body: { reason: 'no' } });
  expect(approvalOf(await plane.pay({ to: 'flood', cents: 1_000 }))).toMatch(/^apr_/);
});

it('one who listens without end leaves room for others, and room comes back', async () => {
  const token = await personToken(plane.reeve.admin, 'nosy', 'approver', 'default');
  const other = await personToken(plane.reeve.admin, 'quiet', 'approver', 'default');
  const closing: AbortController[] = [];
  const listen = async (as: string) => {
    const over = new AbortController();
    closing.push(over);
    const response = await fetch(`${plane.reeve.url}/api/approvals/events`, {
      signal: over.signal,
      headers: { authorization: `Bearer ${as}` },
    });
    if (response.status !== 200) await response.text();
    return response.status;
  };
  const statuses = await Promise.all(Array.from({ length: 40 }, () => listen(token)));
  expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  expect(statuses.filter((status) => status === 503)).toHaveLength(20);
  expect(await listen(other)).toBe(200);
  for (const over of closing) over.abort();
  await expect.poll(() => listen(token)).toBe(200);
  for (const over of closing) over.abort();
});

it('an endless number of decisions on one approval is bounded, and one of them counts', async () => {
  const approval = approvalOf(await pay(plane.reeve.url, await plane.reeve.key('w8'), { to: 'acme', cents: 9 }));
  const { digest } = await omar.call('approvals.get', { params: { approval } });
  const codes = await Promise.all(
    Array.from({ length: 500 }, () =>
      codeOf(omar.call('approvals.approve', { params: { approval }, body: { digest } })),
    ),
  );
  expect(codes.filter((code) => code === 'ok')).toHaveLength(1);
  expect(new Set(codes)).toEqual(
    new Set(['ok', ...codes.filter((code) => code === 'conflict' || code === 'overloaded')]),
  );
});
