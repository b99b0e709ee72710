import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOutboundClient, type OutboundClient, ReeveError } from '../../lib/index.ts';
import { openSqlite, type Storage } from '../../storage/index.ts';
import { fleetWith, HOSTILE, shownApproval, WORKSPACE } from './__fixtures__/shown-approval.ts';
import { ApprovalChannels } from './approval-channels.ts';
import type { ApprovalCounter, ShownApproval, SlackConfig } from './channel.ts';
import { slackChannel } from './slack-channel.ts';
import { type InteractionParts, takeSlackClick } from './slack-interactions.ts';
import { slackMessage } from './slack-message.ts';

// What stands for Slack is a local server: only Slack itself could say whether it takes these blocks.

type Vote = Parameters<ApprovalCounter['decide']>[0];
const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
let slack: Server;
let config: SlackConfig;
let calls: { method: string; authorization: string | undefined; body: Record<string, unknown> }[];
let shown: ShownApproval;
let votes: Vote[];
let refusal: ReeveError | undefined;
let parts: InteractionParts;
let directory: string;
let storage: Storage;
let outbound: OutboundClient;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-slack-'));
  storage = await openSqlite(directory);
  outbound = createOutboundClient();
  calls = [];
  votes = [];
  refusal = undefined;
  shown = shownApproval();
  slack = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const method = request.url?.split('/').at(-1) ?? '';
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
      calls.push({ method, authorization: request.headers.authorization, body });
      response.end(JSON.stringify({ ok: true, channel: 'C1', ts: '1700000000.000100' }));
    });
  });
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(slack.address() as AddressInfo).port}/api`;
  config = { channel: '#money', token: 'bot', signingSecret: 'signing', people: { U1: 'kim@example.com' }, baseUrl };
  const channels = new ApprovalChannels(storage);
  (await channels.prepare(fleetWith([{ slack: config }]))).activate();
  parts = {
    channels,
    outbound,
    secretValue: (_workspace, name) => (name === 'signing' ? SIGNING_SECRET : 'xoxb-1'),
    approvalUrl: (id) => `https://reeve.example.com/approvals/${id}`,
    counter: {
      show: async (workspace, id) => (workspace === WORKSPACE && id === shown.approval.id ? shown : undefined),
      person: (_workspace, address) => ({ id: 'per_1', name: address }),
      decide: async (vote) => {
        votes.push(vote);
        if (refusal !== undefined) throw refusal;
      },
    },
    now: Date.now,
    onFault: (_message, error) => {
      throw error;
    },
  };
});

afterEach(async () => {
  await outbound[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  slack.closeAllConnections();
  await new Promise((resolve) => slack.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

function clickBody(action = 'reeve_approve', user = 'U1', value?: object): string {
  const { workspace, id: approval, argsDigest, requests: count } = shown.approval;
  const payload = {
    type: 'block_actions',
    user: { id: user },
    channel: { id: 'C1' },
    message: { ts: '1700000000.000100' },
    actions: [{ action_id: action, value: JSON.stringify({ workspace, approval, argsDigest, count, ...value }) }],
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

function signed(body: string, atMs = Date.now(), secret = SIGNING_SECRET) {
  const timestamp = String(Math.floor(atMs / 1_000));
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  return { timestamp, signature, body: Buffer.from(body) };
}

const unauthenticated = expect.objectContaining({ code: 'unauthenticated' });

test('a click of somebody who is mapped decides as that person about what they saw, and the message is updated', async () => {
  const afterwards = await takeSlackClick(parts, signed(clickBody()));
  expect(votes).toEqual([
    {
      workspace: WORKSPACE,
      approval: shown.approval.id,
      by: { id: 'per_1', name: 'kim@example.com' },
      verdict: 'approve',
      argsDigest: shown.approval.argsDigest,
      count: 1,
      reason: undefined,
    },
  ]);
  await afterwards();
  expect(calls.map(({ method }) => method)).toEqual(['chat.update']);
  expect(calls[0]).toMatchObject({ authorization: 'Bearer xoxb-1', body: { channel: 'C1', ts: '1700000000.000100' } });
});

test('deny is deny', async () => {
  await takeSlackClick(parts, signed(clickBody('reeve_deny')));
  expect(votes[0]?.verdict).toBe('deny');
});

test('the link button decides nothing', async () => {
  await takeSlackClick(parts, signed(clickBody('reeve_open')));
  expect(votes).toEqual([]);
});

test('the same request again is refused', async () => {
  const request = signed(clickBody());
  await takeSlackClick(parts, request);
  await expect(takeSlackClick(parts, request)).rejects.toEqual(unauthenticated);
  expect(votes).toHaveLength(1);
});

test.each([
  ['another secret', () => signed(clickBody(), Date.now(), 'not the secret')],
  ['a request of six minutes ago', () => signed(clickBody(), Date.now() - 6 * 60_000)],
  ['a request of the future', () => signed(clickBody(), Date.now() + 6 * 60_000)],
  ['another body than was signed', () => ({ ...signed(clickBody()), body: Buffer.from(clickBody('reeve_deny')) })],
  ['the same values encoded otherwise', () => ({ ...signed(clickBody()), body: Buffer.from(`${clickBody()}&`) })],
  ['no signature', () => ({ ...signed(clickBody()), signature: undefined })],
  ['a signature of another version', () => ({ ...signed(clickBody()), signature: 'v1=00' })],
  ['a timestamp that is none', () => ({ ...signed(clickBody()), timestamp: 'now' })],
  ['an approval that is not there', () => signed(clickBody('reeve_approve', 'U1', { approval: 'apr_x' }))],
  ['an approval of another workspace', () => signed(clickBody('reeve_approve', 'U1', { workspace: 'other' }))],
  ['a body that is no payload', () => signed('payload=hello')],
  ['another type of payload', () => signed(new URLSearchParams({ payload: '{"type":"view_submission"}' }).toString())],
])('%s: refused, and nothing is decided', async (_what, request) => {
  await expect(takeSlackClick(parts, request())).rejects.toEqual(unauthenticated);
  expect(votes).toEqual([]);
});

test.each(['U2', 'constructor', '__proto__'])('%s is nobody: told so alone, and nothing is decided', async (user) => {
  await (await takeSlackClick(parts, signed(clickBody('reeve_approve', user))))();
  expect(votes).toEqual([]);
  expect(calls[0]).toMatchObject({ method: 'chat.postEphemeral', body: { channel: 'C1', user } });
});

test('who may not decide is told why, alone', async () => {
  refusal = new ReeveError('forbidden', 'kim@example.com may not approve it');
  await (await takeSlackClick(parts, signed(clickBody())))();
  expect(calls[0]?.method).toBe('chat.postEphemeral');
  expect(JSON.stringify(calls[0]?.body)).toContain('kim@example.com may not approve it');
});

/** Every object of a message, with where it stands. */
function* objects(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  yield value as Record<string, unknown>;
  for (const child of Object.values(value)) yield* objects(child);
}

test('text of the agent stands only where Slack reads no markup, mention or link', () => {
  const message = slackMessage(shown, 'https://reeve.example.com/approvals/x');
  for (const part of objects(message.blocks)) {
    expect(part.type).not.toBe('mrkdwn');
    expect(['link', 'user', 'usergroup', 'broadcast', 'channel']).not.toContain(part.type);
    if (part.type === 'plain_text') expect(part.emoji).toBe(false);
  }
  expect(JSON.stringify(message)).toContain('<!channel>');
  expect(message.text).toBe('refund asks to call stripe.refund: pending');
  expect(JSON.stringify(message)).not.toContain('\u202e');
});

test('the fallback text is escaped, whatever a tool is called', () => {
  const { text } = slackMessage(shownApproval({ target: `x.${HOSTILE}` }), 'https://reeve.example.com');
  expect(text).not.toMatch(/[<>]|@(?!\u200b)/);
});

test('blocks stay within the limits of Slack, however long the arguments are', () => {
  const args = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`a${index}`, 'x'.repeat(5_000)]));
  const { content } = shown;
  const message = slackMessage(
    { ...shown, content: { ...content, args } as ShownApproval['content'] },
    'https://x.example.com',
  );
  expect(message.blocks.length).toBeLessThanOrEqual(50);
  // What is cut could hide something: it is approved on the page only.
  expect(JSON.stringify(message)).not.toContain('reeve_approve');
  expect(JSON.stringify(message)).toContain('reeve_deny');
  for (const part of objects(message.blocks)) {
    if (typeof part.text === 'string') expect(part.text.length).toBeLessThanOrEqual(3_000);
    if (typeof part.value === 'string') expect(part.value.length).toBeLessThanOrEqual(2_000);
  }
});

test('the first message is posted, later ones change it, and an escalation also says a word in the thread', async () => {
  const send = slackChannel(parts);
  const delivery = { workspace: WORKSPACE, object: 'money', channel: 0, id: 'msg_1', recipient: '', createdAtMs: 0 };
  const { signal } = new AbortController();
  const first = await send(config, { ...delivery, kind: 'requested', first: undefined }, shown, signal);
  await send(config, { ...delivery, kind: 'escalated', first }, shown, signal);
  const approved = { ...shown, approval: { ...shown.approval, state: 'approved' as const } };
  await send(config, { ...delivery, kind: 'approved', first }, approved, signal);
  expect(calls.map(({ method }) => method)).toEqual([
    'chat.postMessage',
    'chat.update',
    'chat.postMessage',
    'chat.update',
  ]);
  expect(calls[0]?.body).toMatchObject({ channel: '#money', parse: 'none', unfurl_links: false });
  expect(calls[2]?.body).toMatchObject({ channel: 'C1', thread_ts: '1700000000.000100' });
  expect(JSON.stringify(calls[3]?.body)).not.toContain('reeve_approve');
});
