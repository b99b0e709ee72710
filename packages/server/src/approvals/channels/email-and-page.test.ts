import { mkdtempSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReeveError } from '../../lib/index.ts';
import { openSqlite, type Storage } from '../../storage/index.ts';
import { HOSTILE, shownApproval, WORKSPACE } from './__fixtures__/shown-approval.ts';
import type { ApprovalCounter, EmailConfig, ShownApproval } from './channel.ts';
import { channelRoutes } from './channel-routes.ts';
import { DeliveryStore } from './delivery-store.ts';
import { emailChannel } from './email-channel.ts';
import { openLinkKey } from './link-key.ts';
import { PageLinks } from './page-link.ts';
import type { InteractionParts } from './slack-interactions.ts';

type Vote = Parameters<ApprovalCounter['decide']>[0];
interface Received {
  readonly from: string;
  readonly to: string[];
  readonly user: string | undefined;
  readonly data: string;
}

let directory: string;
let storage: Storage;
let links: PageLinks;
let nowMs: number;
let smtp: SMTPServer;
let config: EmailConfig;
let mails: Received[];
let shown: ShownApproval;
let votes: Vote[];
let refusal: ReeveError | undefined;
let revoked: boolean;
let app: FastifyInstance;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-page-'));
  storage = await openSqlite(directory);
  nowMs = Date.now();
  links = new PageLinks(openLinkKey(directory), () => nowMs);
  mails = [];
  votes = [];
  refusal = undefined;
  revoked = false;
  shown = shownApproval();
  smtp = await startSmtp();
  const { port } = smtp.server.address() as AddressInfo;
  config = { to: ['kim@example.com'], from: 'reeve@example.com', smtp: `smtp://127.0.0.1:${port}`, credential: 'mail' };
  app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) =>
    reply.code((error as ReeveError).status ?? 500).send((error as ReeveError).code),
  );
  const counter: ApprovalCounter = {
    show: async (workspace, id) => (workspace === WORKSPACE && id === shown.approval.id ? shown : undefined),
    person: (_workspace, address) => ({ id: `per_${address}`, name: address }),
    decide: async (vote) => {
      votes.push(vote);
      if (refusal !== undefined) throw refusal;
      shown = { ...shown, approval: { ...shown.approval, state: vote.verdict === 'approve' ? 'approved' : 'denied' } };
    },
  };
  const personOf = (token: string) =>
    token === 'rpt_other'
      ? { workspaces: ['other'], person: { id: 'per_2', name: 'lee@example.com' } }
      : token === 'rpt_kim'
        ? { workspaces: ['other', WORKSPACE], person: { id: 'per_kim@example.com', name: 'kim@example.com' } }
        : undefined;
  const store = new DeliveryStore(storage);
  const page = { counter, links, store, personOf, mayRead: () => !revoked, now: () => nowMs };
  channelRoutes({ page, slack: {} as InteractionParts })(app);
});

afterEach(async () => {
  await app.close();
  await new Promise<void>((resolve) => smtp.close(resolve));
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function startSmtp(): Promise<SMTPServer> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      password === 'pass:word' ? done(null, { user: username }) : done(new Error('no')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const data = Buffer.concat(chunks).toString('utf8');
        mails.push({ from, to: rcptTo.map(({ address }) => address), user: session.user as string | undefined, data });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function mailTo(recipient = 'kim@example.com'): Promise<string> {
  const send = emailChannel({
    secretValue: () => 'reeve:pass:word',
    links,
    approvalUrl: (id) => `https://reeve.example.com/approvals/${id}`,
  });
  const delivery = { workspace: WORKSPACE, object: 'money', channel: 0, id: 'msg_1', createdAtMs: 0, first: undefined };
  await send(config, { ...delivery, kind: 'requested', recipient }, shown, new AbortController().signal);
  return linkIn(mails.at(-1)?.data ?? '');
}

/** The link as a mail client would show it. */
function linkIn(data: string): string {
  const text = data.replace(/=\r?\n/g, '').replace(/=3D/g, '=');
  return /https:\/\/reeve\.example\.com(\/approvals\/\S+\?t=[\w.-]+)/.exec(text)?.[1] ?? '';
}

const path = () => `/approvals/${shown.approval.id}`;
const get = (url: string) => app.inject({ method: 'GET', url });
const post = (fields: Record<string, string>, headers = {}) =>
  app.inject({
    method: 'POST',
    url: path(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  });
const tokenIn = (body: string) => /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';

test('a mail with a link of its own goes out by SMTP, with the login that the secret holds', async () => {
  const link = await mailTo();
  const [mail] = mails as [Received];
  expect(mail).toMatchObject({ from: 'reeve@example.com', to: ['kim@example.com'], user: 'reeve' });
  expect(mail.data).toContain('Subject: Approval needed: refund asks to call stripe.refund');
  expect(mail.data).toContain('Auto-Submitted: auto-generated');
  expect(mail.data).not.toContain('evil');
  expect(link).toContain(path());
});

test('a login that the server refuses is a failure, to be tried again', async () => {
  await new Promise<void>((resolve) => smtp.close(resolve));
  await expect(mailTo()).rejects.toThrow();
  smtp = await startSmtp();
});

test('opening the link shows, and decides nothing, however often it is opened', async () => {
  const link = await mailTo();
  for (const _scanner of [1, 2, 3]) expect((await get(link)).statusCode).toBe(200);
  expect(votes).toEqual([]);
  expect((await app.inject({ method: 'HEAD', url: link })).statusCode).not.toBe(500);
});

test('the form approves exactly what was shown, as the person of the link, once', async () => {
  const body = (await get(await mailTo())).body;
  const token = tokenIn(body);
  expect((await post({ token, verdict: 'approve', reason: 'a duplicate' })).body).toContain('approved');
  expect(votes).toEqual([
    {
      workspace: WORKSPACE,
      approval: shown.approval.id,
      by: { id: 'per_kim@example.com', name: 'kim@example.com' },
      verdict: 'approve',
      argsDigest: shown.approval.argsDigest,
      count: 1,
      reason: 'a duplicate',
    },
  ]);
  const again = await post({ token, verdict: 'deny' });
  expect([again.statusCode, votes.length]).toEqual([409, 1]);
});

test('what was decided meanwhile is said on the page', async () => {
  refusal = new ReeveError('conflict', 'it was denied by lee@example.com already');
  const answered = await post({ token: tokenIn((await get(await mailTo())).body), verdict: 'approve' });
  expect(answered.statusCode).toBe(409);
  expect(answered.body).toContain('it was denied by lee@example.com already');
});

test('a fault says nothing of itself', async () => {
  refusal = new ReeveError('internal', 'SELECT secret');
  const answered = await post({ token: tokenIn((await get(await mailTo())).body), verdict: 'approve' });
  expect(answered.body).not.toContain('SELECT');
});

test.each([
  [
    'a link of another approval',
    () =>
      links.sign({
        may: 'see',
        workspace: WORKSPACE,
        approval: 'apr_1',
        address: 'kim@example.com',
        untilMs: nowMs + 1_000,
      }),
  ],
  [
    'a link that ran out',
    () =>
      links.sign({
        may: 'see',
        workspace: WORKSPACE,
        approval: shown.approval.id,
        address: 'kim@example.com',
        untilMs: nowMs - 1,
      }),
  ],
  [
    'a form token as a link',
    () =>
      links.sign({
        may: 'decide',
        workspace: WORKSPACE,
        approval: shown.approval.id,
        address: 'kim@example.com',
        untilMs: nowMs + 1_000,
      }),
  ],
  [
    'a link signed with another key',
    () =>
      new PageLinks(Buffer.alloc(32)).sign({
        may: 'see',
        workspace: WORKSPACE,
        approval: shown.approval.id,
        address: 'kim@example.com',
        untilMs: nowMs + 1_000,
      }),
  ],
  ['nonsense', () => 'a.b'],
  ['a very long one', () => 'a'.repeat(5_000)],
])('%s shows nothing of the approval', async (_what, token) => {
  const shownNothing = await get(`${path()}?t=${token()}`);
  expect(shownNothing.statusCode).toBe(403);
  expect(shownNothing.body).not.toContain('stripe');
});

test('changing one character of a link makes it useless', async () => {
  const link = await mailTo();
  const at = link.indexOf('t=') + 10;
  const changed = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1);
  expect((await get(changed)).statusCode).toBe(403);
});

test('a link cannot be posted as if it were the form, nor a form from another page', async () => {
  const link = await mailTo();
  const seen = link.slice(link.indexOf('?t=') + 3);
  expect((await post({ token: seen, verdict: 'approve' })).statusCode).toBe(403);
  const token = tokenIn((await get(link)).body);
  expect((await post({ token, verdict: 'approve' }, { 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
  expect((await post({ token, verdict: 'approve' }, { 'content-type': 'application/json' })).statusCode).toBe(415);
  expect((await post({ token, verdict: 'burn' })).statusCode).toBe(400);
  expect(votes).toEqual([]);
});

test('a page that lay open too long cannot be answered', async () => {
  const token = tokenIn((await get(await mailTo())).body);
  nowMs += 31 * 60_000;
  expect((await post({ token, verdict: 'approve' })).statusCode).toBe(403);
  expect(votes).toEqual([]);
});

test('who was sent away sees nothing any more', async () => {
  const link = await mailTo();
  revoked = true;
  const refused = await get(link);
  expect([refused.statusCode, refused.body.includes('stripe')]).toEqual([404, false]);
});

test('without a link, a person token in a form shows it; one of another workspace shows nothing', async () => {
  const asked = await get(path());
  expect([asked.statusCode, asked.body.includes('stripe')]).toEqual([200, false]);
  const body = (await post({ key: 'rpt_kim' })).body;
  await post({ token: tokenIn(body), verdict: 'deny', reason: 'not this vendor' });
  expect(votes[0]).toMatchObject({ verdict: 'deny', reason: 'not this vendor', by: { name: 'kim@example.com' } });
  expect((await post({ key: 'rpt_other' })).statusCode).toBe(404);
  expect((await post({ key: 'guess' })).statusCode).toBe(403);
});

test('hostile content is inert: no tag, no address, nothing invisible; and the policy lets no script run', async () => {
  const { body, headers } = await get(await mailTo());
  expect(body).not.toMatch(/<script|<img|javascript:/i);
  expect(body.match(/<a /g)).toBeNull();
  expect(body).toContain('&lt;script&gt;');
  expect(body).toContain('\\u{202e}');
  expect(body).not.toMatch(/[\u202e\u200b]/);
  expect(HOSTILE).toContain('\u202e');
  const policy = String(headers['content-security-policy']);
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
  );
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
});

test('the style that the policy allows is the one in the page', async () => {
  const { createHash } = await import('node:crypto');
  const { body, headers } = await get(path());
  const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(headers['content-security-policy']).toContain(`'sha256-${hash}'`);
});

test('arguments are shown whole, however long, so that nothing hides behind a cut', async () => {
  const note = `${'x'.repeat(100_000)}the end`;
  const fields = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field${index}`, index]));
  const { content } = shown;
  shown = { ...shown, content: { ...content, args: { note, ...fields } } as ShownApproval['content'] };
  const { body } = await get(await mailTo());
  expect(body).toContain('xthe end');
  expect(body).toContain('field499');
});

test('content that was erased is said to be', async () => {
  const link = await mailTo();
  shown = { ...shown, content: undefined };
  expect((await get(link)).body).toContain('erased when its retention ended');
});

test('the key of links is the owner’s alone and stays the same', () => {
  expect(openLinkKey(directory)).toEqual(openLinkKey(directory));
  expect(statSync(join(directory, 'approval-links.key')).mode & 0o077).toBe(0);
});
