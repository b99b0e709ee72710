import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export const SIGNING_SECRET = 'signing-secret-of-the-app';
export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
export const CHANNEL_SECRETS = { HOOK: WEBHOOK_SECRET, BOT: 'xoxb-1', SIGNING: SIGNING_SECRET };

/** What channels reach: a mail server, a receiver of webhooks, and what stands for Slack. All that came is kept as it came. */
export interface ChannelWorld extends AsyncDisposable {
  readonly mails: { readonly to: string; readonly raw: string }[];
  readonly hooks: { readonly id: string; readonly body: string }[];
  readonly slack: { readonly method: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** An Approvals object for payments that tells all of them; kim and lee may decide, maya is mapped too. */
  objects(more?: string): string;
  /** Runs before a webhook is answered. */
  onHook: () => Promise<void> | void;
}

export async function startChannelWorld(): Promise<ChannelWorld> {
  const [mails, hooks, slack]: [ChannelWorld['mails'], ChannelWorld['hooks'], ChannelWorld['slack']] = [[], [], []];
  const web = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString('utf8');
      if (request.url !== '/hook') {
        slack.push({ method: request.url?.split('/').at(-1) ?? '', body: JSON.parse(body) as Record<string, unknown> });
        return response.end(JSON.stringify({ ok: true, channel: 'C1', ts: `17.${slack.length}` }));
      }
      hooks.push({ id: String(request.headers['webhook-id']), body });
      await world.onHook();
      return response.writeHead(204).end();
    });
  });
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({ to: envelope.rcptTo[0]?.address ?? '', raw: Buffer.concat(chunks).toString('utf8') });
        done();
      });
    },
  });
  await Promise.all([
    new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve)),
    new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve)),
  ]);
  const webUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const smtpUrl = `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
  const world: ChannelWorld = {
    ...{ mails, hooks, slack },
    onHook: () => undefined,
    objects: (more = '') => objects(webUrl, smtpUrl, more),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => smtp.close(resolve));
      web.closeAllConnections();
      await new Promise((resolve) => web.close(resolve));
    },
  };
  return world;
}

function objects(webUrl: string, smtpUrl: string, more: string): string {
  const slack = `{ channel: "#money", token: bot, signingSecret: signing, people: { U1: Lee@Example.com, U2: maya@example.com, U3: kim@example.com }, baseUrl: "${webUrl}/api" }`;
  return `---
kind: Approvals
name: told
tools: [bank.pay]
approvers: [kim@example.com, lee@example.com, maya@example.com]
${more}
channels:
  - webhook: { url: "${webUrl}/hook", secret: hook, privateNetwork: true }
  - slack: ${slack}
  - email: { to: [lee@example.com, kim@example.com], from: reeve@example.com, smtp: "${smtpUrl}" }
---
{ kind: Secret, name: hook, from: { env: HOOK } }
---
{ kind: Secret, name: bot, from: { env: BOT } }
---
{ kind: Secret, name: signing, from: { env: SIGNING } }
`;
}

export interface Click {
  readonly value: string;
  readonly user?: string;
  readonly action?: string;
  readonly secret?: string;
  readonly atMs?: number;
}

/** A request as Slack signs it; signatures are computed here, independently of the product. */
export function slackRequest({ value, user = 'U1', action = 'reeve_approve', ...more }: Click): RequestInit {
  const { secret = SIGNING_SECRET, atMs = Date.now() } = more;
  const payload = {
    type: 'block_actions',
    user: { id: user },
    channel: { id: 'C1' },
    message: { ts: '17.1' },
    actions: [{ action_id: action, value }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(atMs / 1_000));
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': signature,
  };
  return { method: 'POST', headers, body };
}
