import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOutboundClient, type OutboundClient } from '../../lib/index.ts';
import { openSqlite, type Storage } from '../../storage/index.ts';
import type { ApprovalNotice, NoticeKind } from '../approval-notice.ts';
import { fleetWith, shownApproval, WORKSPACE } from './__fixtures__/shown-approval.ts';
import { ApprovalChannels } from './approval-channels.ts';
import type { ShownApproval } from './channel.ts';
import { DeliveryRunner } from './delivery-runner.ts';
import { webhookChannel } from './webhook-channel.ts';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let directory: string;
let storage: Storage;
let outbound: OutboundClient;
let receiver: Server;
let url: string;
let received: Received[];
let statuses: number[];
let problems: { attempts: number; final: boolean; error: unknown }[];
let shown: ShownApproval;
let channels: ApprovalChannels;
let runner: DeliveryRunner;
let unreadable: string | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-channels-'));
  storage = await openSqlite(directory);
  outbound = createOutboundClient();
  received = [];
  statuses = [];
  problems = [];
  unreadable = undefined;
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(statuses.shift() ?? 204, { location: 'http://169.254.169.254/' }).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  shown = shownApproval();
  await start([{ webhook: { url, secret: 'hook', privateNetwork: true } }]);
});

afterEach(async () => {
  await runner[Symbol.asyncDispose]();
  await outbound[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

async function start(config: readonly unknown[], retryAfterMs: readonly number[] = [1, 1, 1]): Promise<void> {
  channels = new ApprovalChannels(storage);
  (await channels.prepare(fleetWith(config))).activate();
  const parts = {
    outbound,
    secretValue: () => SECRET,
    approvalUrl: (id: string) => `https://reeve.example.com/approvals/${id}`,
  };
  runner = new DeliveryRunner({
    channels,
    counter: {
      show: async (workspace, id) => {
        if (id === unreadable) throw new Error('unreadable');
        return workspace === WORKSPACE && id === shown.approval.id ? shown : undefined;
      },
    },
    webhook: webhookChannel({ ...parts, now: Date.now }),
    slack: () => Promise.reject(new Error('no Slack here')),
    email: () => Promise.reject(new Error('no mail here')),
    events: {
      approvalDelivered: () => undefined,
      approvalNotDelivered: (event) => problems.push(event),
      fault: (message, error) => problems.push({ attempts: 0, final: true, error: [message, error] }),
    },
    retryAfterMs,
  });
  runner.run();
}

async function tell(kind: NoticeKind, state: ShownApproval['approval']['state'] = shown.approval.state): Promise<void> {
  shown = { ...shown, approval: { ...shown.approval, state } };
  const notice: ApprovalNotice = { kind, approval: shown.approval, atMs: Date.now() };
  await storage.write([...channels.statements(notice)], 'power');
  channels.committed();
}

async function rows(): Promise<unknown[]> {
  return storage.read('SELECT kind, state, attempts FROM approval_delivery ORDER BY seq');
}

test('a receiver that verifies with the official library takes it', async () => {
  await tell('requested');
  await vi.waitFor(() => expect(received).toHaveLength(1));
  const [{ headers, body }] = received as [Received];
  const payload = new Webhook(SECRET).verify(body, headers as Record<string, string>) as { type: string; data: object };
  expect(payload.type).toBe('approval.requested');
  expect(payload.data).toMatchObject({
    id: shown.approval.id,
    url: `https://reeve.example.com/approvals/${shown.approval.id}`,
    agent: 'refund',
    tool: 'stripe.refund',
    state: 'pending',
    risk: 72,
    reversible: 'no',
  });
  expect(body).not.toContain('\u202e');
  expect(() =>
    new Webhook(SECRET).verify(body.replace('refund', 'refunds'), headers as Record<string, string>),
  ).toThrow();
});

test('what fails is tried again under the same id, with a signature of its own time', async () => {
  statuses = [500, 302];
  await tell('requested');
  await vi.waitFor(() => expect(received).toHaveLength(3));
  await vi.waitFor(async () => expect(await rows()).toEqual([{ kind: 'requested', state: 'sent', attempts: 3 }]));
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(problems.map(({ attempts, final }) => [attempts, final])).toEqual([
    [1, false],
    [2, false],
  ]);
});

test('attempts are bounded, and the last says so', async () => {
  statuses = [500, 500, 500, 500];
  await tell('requested');
  await vi.waitFor(async () => expect(await rows()).toEqual([{ kind: 'requested', state: 'failed', attempts: 4 }]));
  expect(problems.at(-1)).toMatchObject({ attempts: 4, final: true });
  expect(received).toHaveLength(4);
});

test('410 means that the receiver wants no more', async () => {
  statuses = [410];
  await tell('requested');
  await vi.waitFor(async () => expect(await rows()).toEqual([{ kind: 'requested', state: 'failed', attempts: 1 }]));
});

test('a receiver hears of one approval in order, though the first message needs more attempts', async () => {
  statuses = [500];
  await tell('requested');
  await tell('escalated');
  await vi.waitFor(() => expect(received).toHaveLength(3));
  expect(received.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
    'approval.requested',
    'approval.requested',
    'approval.escalated',
  ]);
});

test('nobody is asked what is answered already', async () => {
  await runner[Symbol.asyncDispose]();
  await tell('requested');
  await tell('approved', 'approved');
  await start([{ webhook: { url, secret: 'hook', privateNetwork: true } }]);
  await vi.waitFor(() => expect(received).toHaveLength(1));
  expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ type: 'approval.approved' });
});

test('after a restart, what was not delivered goes on', async () => {
  statuses = [500];
  await runner[Symbol.asyncDispose]();
  await start([{ webhook: { url, secret: 'hook', privateNetwork: true } }], [1_000_000]);
  await tell('requested');
  await vi.waitFor(() => expect(problems).toHaveLength(1));
  await runner[Symbol.asyncDispose]();
  await storage.write([{ sql: 'UPDATE approval_delivery SET next_at = 0', params: [] }], 'power');
  await start([{ webhook: { url, secret: 'hook', privateNetwork: true } }]);
  await vi.waitFor(() => expect(received).toHaveLength(2));
});

test('an address that nobody declared private is reached only where it is public', async () => {
  await runner[Symbol.asyncDispose]();
  await start([{ webhook: { url, secret: 'hook' } }], []);
  await tell('requested');
  await vi.waitFor(() => expect(problems).toHaveLength(1));
  expect(problems[0]?.error).toMatchObject({ code: 'destination_denied' });
  expect(received).toHaveLength(0);
});

test('a channel that is gone from the fleet gets nothing, and an approval of another workspace is not shown', async () => {
  await runner[Symbol.asyncDispose]();
  await tell('requested');
  await start([]);
  await vi.waitFor(async () => expect(await rows()).toEqual([{ kind: 'requested', state: 'dropped', attempts: 0 }]));
  expect(received).toHaveLength(0);
});

test('a channel that could never deliver is a fault of the fleet, where it stands', async () => {
  const config = [
    { slack: { channel: '#a', token: 'bot', signingSecret: 'signing' } },
    { email: { to: ['kim@example.com'], from: 'reeve@example.com', smtp: 'https://mail.example.com' } },
    { webhook: { url: 'ftp://x.example.com', secret: 'hook' } },
  ];
  const { problems: found } = await channels.prepare(fleetWith(config));
  expect(found.map(({ path }) => path?.join('.'))).toEqual([
    'channels.0.slack.token',
    'channels.0.slack.signingSecret',
    'channels.1.email.smtp',
    'channels.2.webhook.secret',
    'channels.2.webhook.url',
  ]);
  expect(found[0]?.message).toBe('there is no Secret "bot"');
});

test('one approval that cannot be read keeps no other from being told', async () => {
  const broken = shownApproval();
  const insert = channels.statements({ kind: 'requested', approval: broken.approval, atMs: Date.now() });
  await storage.write([...insert], 'power');
  unreadable = broken.approval.id;
  await tell('requested');
  await vi.waitFor(() => expect(received).toHaveLength(1));
  await vi.waitFor(() => expect(problems.at(-1)).toMatchObject({ attempts: 4, final: true }));
});

test('mail goes to each person apart, and on escalation to the new people only', async () => {
  const smtp = 'smtp://127.0.0.1:9';
  const email = { to: ['Kim@example.com', 'kim@example.com', 'lee@example.com'], from: 'reeve@example.com', smtp };
  (await channels.prepare(fleetWith([{ email }]))).activate();
  const recipients = (notice: Pick<ApprovalNotice, 'kind' | 'to'>) =>
    channels.statements({ ...notice, approval: shown.approval, atMs: 0 }).map(({ params }) => params[6]);
  expect(recipients({ kind: 'requested' })).toEqual(['kim@example.com', 'lee@example.com']);
  expect(recipients({ kind: 'escalated', to: ['head@example.com'] })).toEqual(['head@example.com']);
  expect(recipients({ kind: 'approved' })).toEqual(['kim@example.com', 'lee@example.com']);
});

test('channels are those of the most specific object that has any', async () => {
  const hook = { webhook: { url, secret: 'hook', privateNetwork: true } };
  (await channels.prepare(fleetWith([hook], 'wide'))).activate();
  expect(channels.placesOf(WORKSPACE, ['narrow', 'wide']).map(({ object }) => object)).toEqual(['wide']);
  expect(channels.placesOf('other', ['wide'])).toEqual([]);
});

test('what nobody is told of leaves no row', async () => {
  await tell('voted');
  await tell('used');
  expect(await rows()).toEqual([]);
});
