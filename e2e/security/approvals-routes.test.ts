import { readFileSync } from 'node:fs';
import { API_ROUTES, type ApiRouteName, ROLES, type Route } from '@reeve/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApprovalsPlane, approvalOf, personToken, startApprovalsPlane } from '../approvals/approvals-plane.ts';

// Every route of the control API, with every credential that is not meant for it and with the ids of another workspace.

type Role = 'viewer' | 'approver' | 'operator';
const SECRET = 'what-only-this-workspace-knows';
const routes = Object.entries(API_ROUTES) as [ApiRouteName, Route][];
let plane: ApprovalsPlane;
let key: string;
let ids: Readonly<Record<string, string>>;
let digest: string;
const strangers: Record<string, string> = {};

beforeAll(async () => {
  plane = await startApprovalsPlane();
  const { admin } = plane.reeve;
  key = await plane.reeve.key('clerk');
  const first = await plane.pay({ to: SECRET, cents: 1 }, { headers: { 'x-reeve-run': SECRET } });
  const omar = await plane.person('omar');
  const shown = await admin.call('approvals.get', { params: { approval: approvalOf(first) } });
  await omar.call('approvals.grant', { params: { approval: shown.id }, body: { digest: shown.digest, for: '1h' } });
  const waiting = approvalOf(await plane.pay({ to: SECRET, cents: 2 }));
  digest = (await admin.call('approvals.get', { params: { approval: waiting } })).digest;
  ids = {
    approval: waiting,
    grant: (await admin.call('grants.list')).items[0]?.id ?? '',
    token: (await admin.call('tokens.list')).items[0]?.id ?? '',
    key: (await admin.call('keys.list')).items[0]?.id ?? '',
    action: shown.action,
    run: shown.run,
    agent: 'clerk',
    backtest: 'bkt_none',
    index: '0',
  };
  for (const role of ['viewer', 'approver', 'operator'] as const)
    strangers[role] = await personToken(admin, 'stranger', role, 'other');
});
afterAll(() => plane?.[Symbol.asyncDispose]());

/** What a body needs to be taken, for each route that has one. */
const BODIES: Partial<Record<ApiRouteName, () => object>> = {
  'approvals.approve': () => ({ digest }),
  'approvals.deny': () => ({ reason: 'no' }),
  'approvals.grant': () => ({ digest, for: '1h' }),
  'stops.order': () => ({ target: { kind: 'agent', name: 'clerk' } }),
  'stops.lift': () => ({ target: { kind: 'agent', name: 'clerk' } }),
  'tokens.create': () => ({ email: 'eve@example.com', role: 'approver' }),
  'keys.create': () => ({ agent: 'clerk' }),
};

/** One request, with the ids of the workspace `default` in its path and filters. */
async function ask(name: ApiRouteName, route: Route, token: string | undefined, workspace: string | undefined) {
  const path = route.path.replaceAll(/:(\w+)/g, (_, param: string) => ids[param] ?? 'none');
  const url = new URL(path, plane.reeve.url);
  if (workspace !== undefined) url.searchParams.set('workspace', workspace);
  if (name === 'approvals.list' || name === 'actions.list') url.searchParams.set('run', ids.run ?? '');
  const body = route.method === 'POST' ? JSON.stringify(BODIES[name]?.() ?? {}) : undefined;
  const over = new AbortController();
  const response = await fetch(url, {
    method: route.method,
    signal: over.signal,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const text = isStream ? '' : await response.text();
  over.abort();
  return { status: response.status, text };
}

const roleOf = ({ role = 'admin' }: Route) => role;

it.each(routes)('%s takes no key of an agent, no token of another server, and not nobody', async (name, route) => {
  const forged = `${strangers.operator?.slice(0, -4)}AAAA`;
  for (const token of [undefined, '', key, `${key} `, forged, 'undefined', 'null', '*'])
    expect([token, (await ask(name, route, token, 'default')).status]).toEqual([token, 401]);
});

it.each(routes)('%s asked by people of another workspace tells and changes nothing', async (name, route) => {
  for (const role of ['viewer', 'approver', 'operator'] satisfies Role[]) {
    const may = ROLES.indexOf(role) >= ROLES.indexOf(roleOf(route));
    const here = await ask(name, route, strangers[role], 'default');
    expect([role, here.status]).toEqual([role, may ? 404 : 403]);
    for (const workspace of ['other', undefined, 'Default', '*', '', 'default\u0000', '__proto__']) {
      const { status, text } = await ask(name, route, strangers[role], workspace);
      if (!may) expect([role, workspace, status]).toEqual([role, workspace, 403]);
      // Who stops an agent of their own workspace hears its name back.
      for (const known of [SECRET, digest, 'maya@example.com', ...(name.startsWith('stops.') ? [] : ['"clerk"'])])
        expect([role, workspace, text.includes(known)]).toEqual([role, workspace, false]);
    }
  }
});

it('and whatever they tried, all is as it was', async () => {
  const { admin } = plane.reeve;
  const shown = await admin.call('approvals.get', { params: { approval: ids.approval ?? '' } });
  expect([shown.state, shown.votes]).toEqual(['pending', []]);
  expect((await admin.call('grants.list')).items).toMatchObject([{ id: ids.grant, revokedAt: null }]);
  expect((await admin.call('stops.list')).items).toEqual([]);
  expect((await admin.call('keys.list')).items.every(({ revokedAt }) => revokedAt === null)).toBe(true);
  expect(JSON.stringify(await admin.call('tokens.list'))).not.toContain('eve@example.com');
  expect(plane.bank.payments).toEqual([]);
});

it.each([
  ['/actions', { tool: 'bank.pay', args: { to: 'acme', cents: 1 } }],
  ['/v1/chat/completions', { model: 'small', messages: [{ role: 'user', content: 'hi' }] }],
  ['/openai/v1/responses', { model: 'small', input: 'hi' }],
  ['/anthropic/v1/messages', { model: 'small', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] }],
  ['/gemini/v1beta/models/small:generateContent', { contents: [{ parts: [{ text: 'hi' }] }] }],
  ['/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' }],
  ['/mcp/bank', { jsonrpc: '2.0', id: 1, method: 'tools/list' }],
])('%s takes no token of a person and not the admin token', async (path, body) => {
  const admin = readFileSync(`${plane.reeve.data}/admin-token`, 'utf8').trim();
  const person = await personToken(plane.reeve.admin, `agent${path.length}`, 'operator', 'default');
  for (const token of [admin, person])
    for (const header of ['authorization', 'x-api-key', 'x-goog-api-key']) {
      const value = header === 'authorization' ? `Bearer ${token}` : token;
      const response = await fetch(new URL(path, plane.reeve.url), {
        method: 'POST',
        headers: { [header]: value, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify(body),
      });
      expect([header, response.status]).toEqual([header, 401]);
      expect(await response.text()).not.toContain(token);
    }
});
