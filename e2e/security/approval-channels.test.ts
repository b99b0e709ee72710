import { createHmac } from 'node:crypto';
import { ReeveClient } from '@reeve/sdk';
import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approvalOf, pay, personToken } from '../approvals/approvals-plane.ts';
import { type Bank, bankFleet, startBank } from '../approvals/bank.ts';
import { runReeve } from '../core/run-cli.ts';
import { CHANNEL_SECRETS, type ChannelWorld, slackRequest, startChannelWorld } from './channel-world.ts';

// What is sent to people comes back forged, replayed, moved, late and twice; and what agents write is meant to be more than text.

let bank: Bank;
let world: ChannelWorld;
let reeve: Reeve;
let clerk: string;

beforeAll(async () => {
  [bank, world] = await Promise.all([startBank(), startChannelWorld()]);
  reeve = await startReeve({ fleet: bankFleet(bank.url, world.objects()), environment: CHANNEL_SECRETS });
  clerk = await reeve.key('clerk');
});
afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  await bank?.[Symbol.asyncDispose]();
});

let cents = 30_000;
beforeEach(() => {
  cents += 1;
});
const call = (args: object = { to: 'acme', cents }, headers: Record<string, string> = {}) =>
  pay(reeve.url, clerk, args, { headers });
const shown = (approval: string) => reeve.admin.call('approvals.get', { params: { approval } });

/** The message in Slack that asks about it, and the value of its buttons. */
async function posted(approval: string) {
  const find = () =>
    world.slack.find(({ method, body }) => method === 'chat.postMessage' && JSON.stringify(body).includes(approval));
  await expect.poll(() => find() !== undefined, { timeout: 5_000 }).toBe(true);
  const body: Readonly<Record<string, unknown>> = find()?.body ?? {};
  const blocks = body.blocks as { elements?: { action_id?: string; value?: string }[] }[];
  const button = blocks.flatMap(({ elements = [] }) => elements).find(({ action_id: id }) => id === 'reeve_approve');
  return { body, value: button?.value ?? '' };
}

const click = (init: RequestInit) => fetch(new URL('/channels/slack/interactions', reeve.url), init);

/** The link that this person was sent about it. */
async function linkTo(address: string, approval: string): Promise<URL> {
  const find = () => {
    const raws = world.mails
      .filter(({ to }) => to === address)
      .map(({ raw }) => raw.replace(/=\r?\n/g, '').replace(/=3D/g, '='));
    return raws
      .map((raw) => /(http:\/\/\S+\/approvals\/\S+\?t=[\w.-]+)/.exec(raw)?.[1])
      .find((link) => link?.includes(approval));
  };
  await expect.poll(() => find() !== undefined, { timeout: 5_000 }).toBe(true);
  return new URL(find() ?? '');
}

const formToken = (page: string) => /name="token" value="([^"]+)"/.exec(page)?.[1] ?? '';

function post(approval: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(new URL(`/approvals/${approval}`, reeve.url), {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
  });
}

describe('clicks in Slack', () => {
  it.each<[string, (value: string) => RequestInit]>([
    ['signed with another secret', (value) => slackRequest({ value, secret: 'guess' })],
    ['signed with no secret', (value) => slackRequest({ value, secret: '' })],
    ['six minutes old', (value) => slackRequest({ value, atMs: Date.now() - 6 * 60_000 })],
    ['of in six minutes', (value) => slackRequest({ value, atMs: Date.now() + 6 * 60_000 })],
    [
      'whose body was changed',
      (value) => ({ ...slackRequest({ value }), body: String(slackRequest({ value, user: 'U3' }).body) }),
    ],
    [
      'whose time was changed',
      (value) =>
        changed(slackRequest({ value }), 'x-slack-request-timestamp', String(Math.floor(Date.now() / 1_000) - 1)),
    ],
    ['whose signature has another case', (value) => changed(slackRequest({ value }), 'x-slack-signature', undefined)],
    ['without a signature', (value) => changed(slackRequest({ value }), 'x-slack-signature', '')],
    ['signed as version 1', (value) => changed(slackRequest({ value }), 'x-slack-signature', `v1=${'0'.repeat(64)}`)],
    ['about another workspace', (value) => slackRequest({ value: value.replace('"default"', '"other"') })],
    [
      'about an approval that is none',
      (value) => slackRequest({ value: value.replace(/apr_\w+/, 'apr_00000000000000000000000000') }),
    ],
    ['about nothing', () => slackRequest({ value: 'null' })],
    ['about too much', () => slackRequest({ value: JSON.stringify({ workspace: 'x'.repeat(5_000) }) })],
  ])('one %s is none', async (_what, request) => {
    const approval = approvalOf(await call());
    const { value } = await posted(approval);
    const response = await click(request(value));
    expect([response.status, await shown(approval)]).toEqual([
      401,
      expect.objectContaining({ state: 'pending', votes: [] }),
    ]);
  });

  it('one that is sent again, or fifty times at once, counts once', async () => {
    const approval = approvalOf(await call());
    const request = slackRequest({ value: (await posted(approval)).value });
    const answers = await Promise.all(Array.from({ length: 50 }, () => click(request)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 49 }, () => 401)]);
    expect((await shown(approval)).votes).toHaveLength(1);
    expect((await call()).status).toBe(200);
    const next = approvalOf(await call());
    expect((await click(request)).status).toBe(401);
    expect((await shown(next)).votes).toEqual([]);
  });

  it('one about other arguments, of an earlier question, or with a larger count approves nothing more', async () => {
    const approval = approvalOf(await call());
    const { value } = await posted(approval);
    const other = { ...(JSON.parse(value) as object), argsDigest: 'f'.repeat(64) };
    expect((await click(slackRequest({ value: JSON.stringify(other) }))).status).toBe(200);
    expect((await shown(approval)).votes).toEqual([]);
    const many = { ...(JSON.parse(value) as object), count: 1e9 };
    expect((await click(slackRequest({ value: JSON.stringify(many) }))).status).toBe(200);
    const answers = await Promise.all([call(), call(), call()]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const next = approvalOf(await call());
    expect((await click(slackRequest({ value, user: 'U3' }))).status).toBe(200);
    expect((await shown(next)).votes).toEqual([]);
  });

  it('of the owner, of somebody unknown, and with a button that is none, change nothing', async () => {
    const approval = approvalOf(await call());
    const { value } = await posted(approval);
    for (const more of [
      { user: 'U2' },
      { user: 'U9' },
      { user: '__proto__' },
      { action: 'reeve_open' },
      { action: 'toString' },
    ])
      expect((await click(slackRequest({ value, ...more }))).status).toBe(200);
    expect((await shown(approval)).votes).toEqual([]);
  });
});

function changed(request: RequestInit, name: string, value: string | undefined): RequestInit {
  const headers = { ...(request.headers as Record<string, string>) };
  headers[name] = value ?? (headers[name] ?? '').toUpperCase().replace('V0', 'v0');
  return { ...request, headers };
}

describe('links and forms', () => {
  it('links that are opened by anybody, in any way, however often, decide nothing', async () => {
    const approval = approvalOf(await call());
    const link = await linkTo('lee@example.com', approval);
    for (const method of ['GET', 'GET', 'GET'])
      expect((await fetch(link, { method, headers: { 'user-agent': 'a mail scanner' } })).status).toBe(200);
    const t = link.searchParams.get('t') ?? '';
    for (const query of [`?t=${t}&verdict=approve`, `?t=${t}&token=${t}&verdict=approve`, `?t=${t}&t=${t}`])
      await fetch(new URL(`/approvals/${approval}${query}`, reeve.url));
    for (const method of ['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await fetch(link, { method })).status).toBeGreaterThanOrEqual(400);
    expect((await shown(approval)).votes).toEqual([]);
  });

  it('a token of a link is none for a form, one of a form none for a link, and neither is good elsewhere', async () => {
    const [approval, other] = [approvalOf(await call()), approvalOf(await call({ to: 'other', cents }))];
    const link = await linkTo('lee@example.com', approval);
    const t = link.searchParams.get('t') ?? '';
    const token = formToken(await (await fetch(link)).text());
    expect((await post(approval, { token: t, verdict: 'approve' })).status).toBe(403);
    expect((await fetch(new URL(`/approvals/${approval}?t=${token}`, reeve.url))).status).toBe(403);
    expect((await fetch(new URL(`/approvals/${other}?t=${t}`, reeve.url))).status).toBe(403);
    expect((await post(other, { token, verdict: 'approve' })).status).toBe(403);
    for (const api of [t, token]) {
      const answer = await fetch(new URL(`/api/approvals/${approval}`, reeve.url), {
        headers: { authorization: `Bearer ${api}` },
      });
      expect(answer.status).toBe(401);
    }
    for (const id of [approval, other]) expect((await shown(id)).votes).toEqual([]);
  });

  it('forged, changed and made up tokens open nothing and say nothing', async () => {
    const approval = approvalOf(await call());
    const t = (await linkTo('lee@example.com', approval)).searchParams.get('t') ?? '';
    const [body = '', mac = ''] = t.split('.');
    const fields = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as unknown[];
    const forged = Buffer.from(JSON.stringify(['decide', ...fields.slice(1), { argsDigest: 'x', count: 1 }])).toString(
      'base64url',
    );
    const own = createHmac('sha256', Buffer.alloc(32))
      .update('reeve approval page 1\0')
      .update(body)
      .digest('base64url');
    for (const token of [
      `${forged}.${mac}`,
      `${body}.${own}`,
      `${body}.`,
      `.${mac}`,
      body,
      `${t}.${mac}`,
      '',
      '.',
      'null',
      'x'.repeat(5_000),
      `${body}=.${mac}`,
      ` ${t}`,
    ]) {
      const page = await fetch(new URL(`/approvals/${approval}?t=${encodeURIComponent(token)}`, reeve.url));
      expect([token.slice(0, 20), page.status, (await page.text()).includes('bank.pay')]).toEqual([
        token.slice(0, 20),
        403,
        false,
      ]);
      const answer = await post(approval, { token, verdict: 'approve' });
      expect([token.slice(0, 20), answer.status]).toEqual([token.slice(0, 20), 403]);
    }
    expect((await shown(approval)).votes).toEqual([]);
  });

  it('a form that is sent twice, at once or later, counts once; from another site never', async () => {
    const approval = approvalOf(await call());
    const token = formToken(await (await fetch(await linkTo('lee@example.com', approval))).text());
    for (const site of ['cross-site', 'same-site'])
      expect((await post(approval, { token, verdict: 'approve' }, { 'sec-fetch-site': site })).status).toBe(403);
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json'])
      expect((await post(approval, { token, verdict: 'approve' }, { 'content-type': type })).status).toBe(415);
    expect((await shown(approval)).votes).toEqual([]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(approval, { token, verdict: 'approve' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
    expect((await shown(approval)).votes).toHaveLength(1);
  });

  it('the page cannot be framed, scripted, cached, or told to send its form elsewhere', async () => {
    const approval = approvalOf(await call());
    const link = await linkTo('lee@example.com', approval);
    for (const response of [
      await fetch(link),
      await fetch(new URL(`/approvals/${approval}`, reeve.url)),
      await post(approval, { key: 'x' }),
    ]) {
      const policy = response.headers.get('content-security-policy') ?? '';
      for (const part of ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"])
        expect(policy).toContain(part);
      expect(policy).not.toMatch(/unsafe|script-src|\*/);
      expect(response.headers.get('x-frame-options')).toBe('DENY');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('set-cookie')).toBeNull();
    }
  });

  it('a token that may not read approvals in the control API opens no page', async () => {
    const approval = approvalOf(await call());
    const viewer = await personToken(reeve.admin, 'vera', 'viewer', 'default');
    const revoked = await personToken(reeve.admin, 'gone', 'approver', 'default');
    const { items } = await reeve.admin.call('tokens.list');
    await reeve.admin.call('tokens.revoke', {
      params: { token: items.find(({ email }) => email.startsWith('gone'))?.id ?? '' },
    });
    for (const key of [viewer, revoked, clerk, `${viewer} `, '', 'x'.repeat(10_000)]) {
      const page = await post(approval, { key });
      expect([page.status, (await page.text()).includes('bank.pay')]).toEqual([403, false]);
    }
  });

  it('links lead to the server, whatever host a request names', async () => {
    const forged = approvalOf(
      await call({ to: 'acme', cents }, { host: 'evil.example', 'x-forwarded-host': 'evil.example' }),
    );
    expect((await linkTo('lee@example.com', forged)).origin).toBe(new URL(reeve.url).origin);
    expect(JSON.stringify(world.hooks)).not.toContain('evil.example');
  });
});

it('a person with a link, a Slack account and two tokens is one of two', async () => {
  await using two = await startReeve({
    fleet: bankFleet(bank.url, world.objects('quorum: 2')),
    environment: CHANNEL_SECRETS,
  });
  const key = await two.key('clerk');
  const args = { to: 'acme', cents };
  const approval = approvalOf(await pay(two.url, key, args));
  const state = async () => {
    const view = await two.admin.call('approvals.get', { params: { approval } });
    return [view.state, view.approved];
  };
  const page = await fetch(await linkTo('lee@example.com', approval));
  const body = new URLSearchParams({ token: formToken(await page.text()), verdict: 'approve' });
  expect((await fetch(`${two.url}/approvals/${approval}`, { method: 'POST', body })).status).toBe(200);
  expect(await state()).toEqual(['pending', 1]);
  const { value } = await posted(approval);
  expect((await fetch(`${two.url}/channels/slack/interactions`, slackRequest({ value }))).status).toBe(200);
  expect(await state()).toEqual(['pending', 1]);
  const lee = new ReeveClient({ url: two.url, token: await personToken(two.admin, 'LEE', 'approver', 'default') });
  const { digest } = await lee.call('approvals.get', { params: { approval } });
  await lee.call('approvals.approve', { params: { approval }, body: { digest } });
  expect(await state()).toEqual(['pending', 1]);
  expect((await pay(two.url, key, args)).status).toBe(403);
  expect((await fetch(`${two.url}/channels/slack/interactions`, slackRequest({ value, user: 'U3' }))).status).toBe(200);
  expect(await state()).toEqual(['approved', 2]);
});

describe('text that means to be more', () => {
  const UNSEEN = /(?![\n\r\t])[\p{Cc}\p{Cf}]/u;
  const ESC = '\u001b[2J\u001b]0;owned\u0007\u009b31m';
  const HOSTILE = [
    '"><img src=x onerror=alert(1)><script>alert(2)</script></textarea></form>',
    '<form action=https://evil.example><button>Approve</button>',
    '<!channel> <@U1> <https://evil.example|Approve> *bold* `code`',
    `${ESC}\r\nBcc: victim@example.com\r\n\r\nhello`,
    '\u202egnp.exe \u2066hidden\u2069 zero\u200bwidth \u{e0041}tag',
    '{{7*7}} <%= 7*7 %> %0d%0aSet-Cookie: a=b',
  ].join(' ');

  it('is text: on the page, in Slack, in mails, in webhooks and on terminals', async () => {
    const approval = approvalOf(
      await call(
        { to: HOSTILE, cents },
        { 'x-reeve-reason': HOSTILE.slice(0, 150), 'x-reeve-user': 'x"><script>alert(3)</script>' },
      ),
    );
    const page = await (await fetch(await linkTo('lee@example.com', approval))).text();
    expect(page.match(/<script|<img|onerror=alert\(1\)>|<form action=https/g)).toBeNull();
    expect(page.match(/<form /g)).toHaveLength(1);
    const { body } = await posted(approval);
    const marked: unknown[] = [];
    walk(body, (block) => void (block.type === 'mrkdwn' && marked.push(block)));
    expect(marked).toEqual([]);
    expect(String(body.text)).not.toMatch(/[<>]|@(?!\u200b)/);
    const mails = world.mails.filter(({ raw }) => raw.includes(approval));
    expect(mails.length).toBeGreaterThan(0);
    for (const { raw } of mails) expect(raw).not.toMatch(/victim@|evil\.example|^Bcc:|<script/im);
    for (const rendered of [
      page,
      JSON.stringify(body),
      world.hooks.find((hook) => hook.body.includes(approval))?.body ?? '',
    ])
      expect(rendered).not.toMatch(UNSEEN);
    for (const line of [
      ['show', approval],
      ['list'],
      ['show', approval, '--json'],
      ['list', '--json'],
      ['show', `apr_${ESC}`],
    ]) {
      const { stdout, stderr } = await runReeve(reeve, 'approvals', ...line);
      expect([line, UNSEEN.exec(stdout + stderr)]).toEqual([line, null]);
      if (line.includes('--json')) JSON.parse(stdout);
    }
    const asJson = JSON.parse((await runReeve(reeve, 'approvals', 'show', approval, '--json')).stdout) as {
      args: { to: string };
    };
    expect(asJson.args.to).toBe(HOSTILE);
  });

  it('names of arguments too, and reasons of people', async () => {
    const approval = approvalOf(await pay(reeve.url, clerk, { to: 'acme', cents }, {}));
    await reeve.admin.call('approvals.deny', { params: { approval }, body: { reason: HOSTILE } });
    const link = await linkTo('lee@example.com', approval);
    const page = await (await fetch(link)).text();
    for (const none of [/<script|<img/, UNSEEN]) expect(page).not.toMatch(none);
    const refused = await call();
    expect(refused.body.error?.code).toBe('approval_denied');
    const listed = await runReeve(reeve, 'approvals', 'list', '--all');
    expect(listed.stdout).not.toMatch(UNSEEN);
  });
});

function walk(value: unknown, visit: (block: Readonly<Record<string, unknown>>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Record<string, unknown>);
  for (const member of Object.values(value)) walk(member, visit);
}
