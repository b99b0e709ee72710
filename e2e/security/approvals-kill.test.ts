import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { approvalOf, pay } from '../approvals/approvals-plane.ts';
import { type Bank, bankFleet, startBank } from '../approvals/bank.ts';
import { type ServerProcess, startProcess, writeFiles } from '../resilience/server-process.ts';
import { CHANNEL_SECRETS, type ChannelWorld, slackRequest, startChannelWorld } from './channel-world.ts';

// The server is killed (SIGKILL) while it tells people, and after they answered: all are told, and no answer counts twice.

const root = mkdtempSync(join(tmpdir(), 'reeve-channels-kill-'));
let bank: Bank;
let world: ChannelWorld;
let server: ServerProcess;
let key: string;
let fleet: string;

beforeAll(async () => {
  [bank, world] = await Promise.all([startBank(), startChannelWorld()]);
  fleet = writeFiles(join(root, 'fleet'), bankFleet(bank.url, world.objects()));
  await start();
  key = (await server.admin.call('keys.create', { body: { agent: 'clerk' } })).key;
});
afterAll(async () => {
  await server?.kill();
  await world?.[Symbol.asyncDispose]();
  await bank?.[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

async function start(): Promise<void> {
  server = await startProcess({ data: join(root, 'data'), fleet, environment: CHANNEL_SECRETS });
}

async function restart(): Promise<void> {
  await server.kill();
  await start();
}

let cents = 100;
beforeEach(() => {
  cents += 1;
});
const call = (amount = cents) => pay(server.url, key, { to: 'acme', cents: amount });
const hooksOf = (approval: string) => world.hooks.filter(({ body }) => body.includes(approval));
const typesOf = (approval: string) => hooksOf(approval).map(({ body }) => (JSON.parse(body) as { type: string }).type);

async function approve(approval: string): Promise<void> {
  const { digest } = await server.admin.call('approvals.get', { params: { approval } });
  await server.admin.call('approvals.approve', { params: { approval }, body: { digest } });
}

it('killed between sending a message and noting that it was sent: sent again under the same id, once', async () => {
  const sent = Promise.withResolvers<void>();
  world.onHook = () => {
    sent.resolve();
    return new Promise(() => undefined);
  };
  const approval = approvalOf(await call());
  await sent.promise;
  world.onHook = () => undefined;
  await restart();
  await expect.poll(() => hooksOf(approval).length, { timeout: 10_000 }).toBe(2);
  await approve(approval);
  await expect
    .poll(() => typesOf(approval), { timeout: 10_000 })
    .toEqual(['approval.requested', 'approval.requested', 'approval.approved']);
  expect(new Set(hooksOf(approval).map(({ id }) => id)).size).toBe(2);
  await restart();
  expect((await call()).status).toBe(200);
  expect(hooksOf(approval)).toHaveLength(3);
});

it('killed at random moments: whoever must be asked is asked, in order', { timeout: 60_000 }, async () => {
  const asked: string[] = [];
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(Array.from({ length: 5 }, (_, n) => call(1_000 + round * 10 + n)));
    const ids = answers.map(approvalOf);
    asked.push(...ids);
    const deciding = ids.map((id) => approve(id).catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
    await restart();
    await Promise.all(deciding);
  }
  for (const id of asked) {
    const { state } = await server.admin.call('approvals.get', { params: { approval: id } });
    if (state === 'pending') await approve(id);
    // Nobody is asked what was answered before they could be.
    await expect.poll(() => typesOf(id).at(-1), { timeout: 10_000 }).toBe('approval.approved');
    expect(typesOf(id).join(' ')).toMatch(/^(approval\.requested )*approval\.approved( approval\.approved)*$/);
  }
});

it('a click and a form that counted are worth nothing after a death', async () => {
  const approval = approvalOf(await call());
  const posted = () =>
    world.slack.find(({ method, body }) => method === 'chat.postMessage' && JSON.stringify(body).includes(approval));
  await expect.poll(() => posted() !== undefined, { timeout: 10_000 }).toBe(true);
  const value = /"value":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(posted()?.body))?.[1] ?? '""';
  const request = slackRequest({ value: JSON.parse(value) as string });
  const click = async () => (await fetch(`${server.url}/channels/slack/interactions`, request)).status;
  expect(await click()).toBe(200);
  await restart();
  expect(await click()).toBe(401);
  expect((await call()).status).toBe(200);
  expect(approvalOf(await call())).not.toBe(approval);
  expect(bank.payments.filter((payment) => payment.cents === cents)).toHaveLength(1);
});
