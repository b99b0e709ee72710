import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, createApp } from './app.ts';
import { loadConfig } from './config/index.ts';
import { routesOf } from './http/route-list.ts';
import { createLogger } from './telemetry/index.ts';

// Every route either leaves an entry in the ledger when it does its work, or is on the list that SECURITY.md prints.

const FLEET = `
{ kind: Workspace, name: default, providers: { openai: { baseUrl: "http://127.0.0.1:9/v1" } } }
---
{ kind: Agent, name: tester, owner: maya@example.com, purpose: Walks the router, models: ["*"], tools: ["*"] }
---
{ kind: ToolServer, name: server, transport: { http: "http://127.0.0.1:9/mcp" }, tools: { one: { effect: read } } }
`;
const files = (text: string) => ({ files: [{ path: 'fleet.yaml', text }] });
const data = mkdtempSync(join(tmpdir(), 'reeve-routes-'));
let app: App;
let key: { id: string; key: string };
let firstVersion: string;

beforeAll(async () => {
  const config = loadConfig({ data, 'log-level': 'silent' }, {});
  app = await createApp({ config, environment: {}, log: createLogger('silent'), version: '0' });
  await app.http.ready();
  firstVersion = (await call('POST', '/api/fleet/apply', files(FLEET))).json<{ version: string }>().version;
  key = (await call('POST', '/api/keys', { agent: 'tester' })).json();
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

async function call(method: 'GET' | 'POST' | 'DELETE', url: string, body?: object) {
  const token = url.startsWith('/api/') ? readFileSync(join(data, 'admin-token'), 'utf8').trim() : key.key;
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json, text/event-stream' };
  if (body === undefined) return app.http.inject({ method, url, headers });
  const typed = { ...headers, 'content-type': 'application/json' };
  return app.http.inject({ method, url, headers: typed, payload: JSON.stringify(body) });
}

async function entries(): Promise<number> {
  return (await call('GET', '/api/audit/status')).json<{ entries: number }>().entries;
}

const model = { model: 'openai/gpt-x', messages: [], input: 'x', prompt: 'x', max_tokens: 1, contents: [] };
const tool = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'one', arguments: {} } };
const AGENT = { kind: 'agent', name: 'tester' };

/** Routes that do something, with a request that makes them do it. In the order in which they are tried. */
const AUDITED: Readonly<Record<string, () => ReturnType<typeof call>>> = {
  ...Object.fromEntries(
    [
      ...['/v1', '/openai/v1'].flatMap((mount) =>
        ['/chat/completions', '/completions', '/responses', '/embeddings'].map((path) => mount + path),
      ),
      '/anthropic/v1/messages',
      '/anthropic/v1/messages/count_tokens',
    ].map((path) => [`POST ${path}`, () => call('POST', path, model)]),
  ),
  'POST /gemini/v1beta/models/*': () => call('POST', '/gemini/v1beta/models/x:generateContent', model),
  'POST /gemini/v1/models/*': () => call('POST', '/gemini/v1/models/x:generateContent', model),
  'POST /mcp': () => call('POST', '/mcp', { ...tool, params: { name: 'server.one', arguments: {} } }),
  'POST /mcp/:server': () => call('POST', '/mcp/server', tool),
  'POST /actions': () => call('POST', '/actions', { tool: 'server.one' }),
  'POST /api/keys': () => call('POST', '/api/keys', { agent: 'tester' }),
  'POST /api/stops': () => call('POST', '/api/stops', { target: AGENT, reason: 'a test' }),
  'POST /api/stops/lift': () => call('POST', '/api/stops/lift', { target: AGENT }),
  'POST /api/keys/:key/rotate': () => call('POST', `/api/keys/${key.id}/rotate`, {}),
  'DELETE /api/keys/:key': () => call('DELETE', `/api/keys/${key.id}`),
  'POST /api/people/tokens': () => call('POST', '/api/people/tokens', { email: 'maya@example.com', role: 'viewer' }),
  'POST /api/fleet/apply': () => call('POST', '/api/fleet/apply', files(FLEET.replace('Walks', 'Walked'))),
  'POST /api/fleet/rollback': () => call('POST', '/api/fleet/rollback', { version: firstVersion }),
};
/** Needs more than a router; proven where there is that. */
const PROVEN_ELSEWHERE = {
  'POST /api/tools/approve': ['gateway/mcp/mcp-plane.test.ts', 'tool.approved'],
  // It needs an action that was let run.
  'POST /actions/:id/report': ['../../../e2e/sdk/guard.test.ts', 'action.completed'],
  // They need a call that waits for people, or what came of one.
  'POST /api/approvals/:approval/approve': ['approvals/approvals.test.ts', 'approval.decided'],
  'POST /api/approvals/:approval/deny': ['approvals/approvals.test.ts', 'approval.decided'],
  'POST /api/approvals/:approval/grant': ['approvals/approvals.test.ts', 'grant.created'],
  'POST /approvals/:id': ['../../../e2e/approvals-clients/channels.test.ts', 'approval.decided'],
  'POST /channels/slack/interactions': ['../../../e2e/approvals-clients/channels.test.ts', 'approval.decided'],
  'DELETE /api/grants/:grant': ['approvals/approvals.test.ts', 'grant.revoked'],
  'DELETE /api/people/tokens/:token': ['access/people.test.ts', 'token.revoked'],
} as const;

function printed(): string[] {
  const text = readFileSync(new URL('../../../SECURITY.md', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('## Unaudited paths'));
  return [...section.matchAll(/`([A-Z]+ \/[^`]*)`/g)].map(([, route]) => route ?? '');
}

test('the router has what is audited and what SECURITY.md prints, and nothing else', () => {
  const known = [...printed(), ...Object.keys(AUDITED), ...Object.keys(PROVEN_ELSEWHERE)].sort();
  expect(routesOf(app.http)).toEqual(known);
});

test.each(Object.keys(AUDITED))('%s leaves an entry', async (route) => {
  const before = await entries();
  const reply = await AUDITED[route]?.();
  expect(await entries(), `${reply?.statusCode} ${reply?.body}`).toBeGreaterThan(before);
});

test.each(Object.entries(PROVEN_ELSEWHERE))('%s is proven elsewhere', (_route, [file, event]) => {
  expect(readFileSync(new URL(file, import.meta.url), 'utf8')).toContain(event);
});
