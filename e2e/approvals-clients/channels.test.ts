import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { approvalOf, pay, personToken } from '../approvals/approvals-plane.ts';
import { type ClientsPlane, startClientsPlane } from './clients-plane.ts';

// People hear of what waits where they are, and answer there: by mail and its page, in Slack, by webhook. What stands for Slack is a
// local server with the same signatures; mail and webhooks are the real protocols.

const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const SIGNING_SECRET = 'signing-secret-of-the-app';
let plane: ClientsPlane;
let web: Server;
let smtp: SMTPServer;
let hooks: { type: string; data: { id: string; state: string } }[];
let slackCalls: { method: string; body: Record<string, unknown> }[];
let mails: { to: string; data: string }[];

beforeAll(async () => {
  [hooks, slackCalls, mails] = [[], [], []];
  web = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      if (request.url === '/hook') {
        hooks.push(
          new Webhook(WEBHOOK_SECRET).verify(body, request.headers as Record<string, string>) as (typeof hooks)[number],
        );
        return response.writeHead(204).end();
      }
      slackCalls.push({
        method: request.url?.split('/').at(-1) ?? '',
        body: JSON.parse(body) as Record<string, unknown>,
      });
      return response.end(JSON.stringify({ ok: true, channel: 'C1', ts: `17.${slackCalls.length}` }));
    });
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({ to: envelope.rcptTo[0]?.address ?? '', data: Buffer.concat(chunks).toString('utf8') });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const smtpUrl = `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
  const environment = { HOOK: WEBHOOK_SECRET, BOT: 'xoxb-1', SIGNING: SIGNING_SECRET };
  plane = await startClientsPlane(channels(webUrl, smtpUrl), environment);
});

afterAll(async () => {
  await plane?.[Symbol.asyncDispose]();
  await new Promise<void>((resolve) => smtp.close(resolve));
  web.closeAllConnections();
  await new Promise((resolve) => web.close(resolve));
});

/** Kim and Lee may decide; Maya owns the agent, so she may not, though she is mapped and gets the mail too. */
function channels(webUrl: string, smtpUrl: string): string {
  return `---
kind: Approvals
name: told
agents: [clerk]
tools: [bank.pay]
require: risky
approvers: [kim@example.com, lee@example.com, maya@example.com]
channels:
  - webhook: { url: "${webUrl}/hook", secret: hook, privateNetwork: true }
  - slack: { channel: "#money", token: bot, signingSecret: signing, people: { U1: lee@example.com, U2: maya@example.com }, baseUrl: "${webUrl}/api" }
  - email: { to: [lee@example.com, maya@example.com], from: reeve@example.com, smtp: "${smtpUrl}" }
---
{ kind: Secret, name: hook, from: { env: HOOK } }
---
{ kind: Secret, name: bot, from: { env: BOT } }
---
{ kind: Secret, name: signing, from: { env: SIGNING } }
`;
}

let cents = 20_000;
let paid = 0;
beforeEach(() => {
  cents += 1;
  paid = plane.bank.payments.length;
  for (const list of [hooks, slackCalls, mails]) list.length = 0;
});
const send = () => pay(plane.reeve.url, plane.keys.clerk, { to: 'acme', cents });

async function decisions(approval: string): Promise<unknown[]> {
  const { items } = await plane.reeve.admin.call('audit.entries', { query: { limit: 100 } });
  return items.filter((item) => {
    const text = JSON.stringify(item);
    return text.includes('"approval.decided"') && text.includes(approval);
  });
}

/** The link in the mail that asks this person about it, as a mail program would show it. */
async function linkTo(address: string, approval: string): Promise<string> {
  const found = () =>
    mails
      .filter(({ to }) => to === address)
      .map(
        ({ data }) =>
          /(http:\/\/\S+\/approvals\/\S+\?t=[\w.-]+)/.exec(data.replace(/=\r?\n/g, '').replace(/=3D/g, '='))?.[1] ?? '',
      )
      .find((link) => link.includes(approval));
  await vi.waitFor(() => expect(found()).toBeDefined(), 5_000);
  return found() ?? '';
}

async function answerForm(page: string, url: string, verdict: string): Promise<Response> {
  const token = /name="token" value="([^"]+)"/.exec(page)?.[1] ?? '';
  return fetch(url, { method: 'POST', body: new URLSearchParams({ token, verdict, reason: 'a duplicate' }) });
}

/** The message in Slack that asks about it. */
function posted(approval: string) {
  return slackCalls.find(
    ({ method, body }) => method === 'chat.postMessage' && JSON.stringify(body).includes(approval),
  );
}

function click(approval: string, user: string): Promise<Response> {
  const value = /"value":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(posted(approval)?.body))?.[1] ?? '""';
  const payload = {
    type: 'block_actions',
    user: { id: user },
    channel: { id: 'C1' },
    message: { ts: '17.1' },
    actions: [{ action_id: 'reeve_approve', value: JSON.parse(value) as string }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac('sha256', SIGNING_SECRET).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  return fetch(`${plane.reeve.url}/channels/slack/interactions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    body,
  });
}

it('every channel hears that it waits, and how it ended', async () => {
  const approval = approvalOf(await send());
  await vi.waitFor(() => expect([hooks.length, slackCalls.length, mails.length]).toEqual([1, 1, 2]), 5_000);
  expect(hooks[0]).toMatchObject({ type: 'approval.requested', data: { id: approval, state: 'pending' } });
  await plane.approve(approval);
  await vi.waitFor(() => expect([hooks.length, slackCalls.length, mails.length]).toEqual([2, 2, 4]), 5_000);
  expect(hooks[1]).toMatchObject({ type: 'approval.approved', data: { id: approval, state: 'approved' } });
  expect(slackCalls[1]?.method).toBe('chat.update');
  expect(await plane.reeve.admin.call('approvals.get', { params: { approval } })).toMatchObject({ state: 'approved' });
});

it('the link in the mail shows and decides nothing; its form lets the call pass once, as that person', async () => {
  const approval = approvalOf(await send());
  const link = await linkTo('lee@example.com', approval);
  const page = await (await fetch(link)).text();
  await fetch(link);
  expect(page).toContain(String(cents));
  expect(await decisions(approval)).toEqual([]);
  expect((await answerForm(page, link.split('?')[0] ?? '', 'approve')).status).toBe(200);
  expect(await decisions(approval)).toHaveLength(1);
  expect(await plane.reeve.admin.call('approvals.get', { params: { approval } })).toMatchObject({
    votes: [{ by: { name: 'lee@example.com' }, reason: 'a duplicate' }],
  });
  expect((await answerForm(page, link.split('?')[0] ?? '', 'deny')).status).toBe(409);
  expect((await send()).status).toBe(200);
  expect(plane.bank.payments.length - paid).toBe(1);
});

it('the owner of the agent may see the page but not approve', async () => {
  const approval = approvalOf(await send());
  const link = await linkTo('maya@example.com', approval);
  const refused = await answerForm(await (await fetch(link)).text(), link.split('?')[0] ?? '', 'approve');
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain('kept apart');
  expect(await decisions(approval)).toEqual([]);
});

it('a click in Slack decides as the person that it is mapped to', async () => {
  const approval = approvalOf(await send());
  await vi.waitFor(() => expect(posted(approval)).toBeDefined(), 5_000);
  expect((await click(approval, 'U1')).status).toBe(200);
  expect(await decisions(approval)).toHaveLength(1);
  expect((await send()).status).toBe(200);
});

it('a click of who may not approve, or is nobody, is told so alone and changes nothing', async () => {
  const approval = approvalOf(await send());
  await vi.waitFor(() => expect(posted(approval)).toBeDefined(), 5_000);
  for (const user of ['U2', 'U9']) expect((await click(approval, user)).status).toBe(200);
  await vi.waitFor(() => {
    const told = slackCalls.filter(({ method }) => method === 'chat.postEphemeral').map(({ body }) => body.user);
    expect(told.sort()).toEqual(['U2', 'U9']);
  }, 5_000);
  expect(await decisions(approval)).toEqual([]);
  expect(plane.bank.payments.length - paid).toBe(0);
});

it('the page for a person token: shown to its person, and to nobody of another workspace', async () => {
  const approval = approvalOf(await send());
  const url = `${plane.reeve.url}/approvals/${approval}`;
  const open = (key: string) => fetch(url, { method: 'POST', body: new URLSearchParams({ key }) });
  expect(await (await fetch(url)).text()).not.toContain('bank.pay');
  const stranger = await open(await personToken(plane.reeve.admin, 'lee', 'approver', 'other'));
  expect([stranger.status, (await stranger.text()).includes('bank.pay')]).toEqual([404, false]);
  const page = await (await open(await personToken(plane.reeve.admin, 'lee', 'approver', 'default'))).text();
  expect((await answerForm(page, url, 'deny')).status).toBe(200);
  expect((await send()).body.error?.message).toContain('a duplicate');
});
