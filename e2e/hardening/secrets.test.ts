import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ReeveClient } from '@reeve/sdk';
import { type ModelProvider, startModelProvider } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fleetOf } from './hardening-plane.ts';
import { SURFACES } from './surfaces.ts';
import { startToolUpstream, type ToolUpstream } from './tool-upstream.ts';

// Secrets are planted in a server of its own process, it is used in every way, and then everything it wrote or said is searched.

const UPSTREAM_CANARY = 'upstream-canary-6f1c2a9e4b7d';
const UNKNOWN_CANARY = 'rk_unknown-canary-0d9b5e317c42';
const PATIENCE_MS = 20_000;
const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

const root = mkdtempSync(join(tmpdir(), 'reeve-canary-'));
const data = join(root, 'data');
const logFile = join(root, 'log.jsonl');
const said: string[] = [];
let child: ChildProcess;
let url: string;
let provider: ModelProvider;
let tools: ToolUpstream;
let adminToken: string;
const keys: string[] = [];

beforeAll(async () => {
  provider = await startModelProvider({ apiKey: UPSTREAM_CANARY });
  tools = await startToolUpstream();
  mkdirSync(join(root, 'fleet'));
  writeFileSync(join(root, 'fleet/fleet.yaml'), fleetOf(provider.url, tools.url));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const log = openSync(logFile, 'w', 0o600);
  const args = [MAIN, 'start', '--fleet', join(root, 'fleet'), '--data', data, '--port', String(port)];
  child = spawn(process.execPath, [...args, '--log-level', 'debug'], {
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH ?? '', UPSTREAM_SECRET: UPSTREAM_CANARY },
  });
  closeSync(log);
  const end = Date.now() + PATIENCE_MS;
  while ((await fetch(`${url}/readyz`).catch(() => undefined))?.status !== 200) {
    if (Date.now() > end || child.exitCode !== null) throw new Error(`not ready: ${readFileSync(logFile, 'utf8')}`);
    await delay(50);
  }
  adminToken = readFileSync(join(data, 'admin-token'), 'utf8').trim();
});

afterAll(async () => {
  if (child?.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await provider?.close();
  await tools?.[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Asks, and keeps what was said, headers and all. */
async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url + path, init);
  const copy = response.clone();
  said.push(`${path.split('?', 1)[0]} ${JSON.stringify([...response.headers])} ${await response.text()}`);
  return copy;
}

const post = (path: string, token: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

async function useEverything(): Promise<void> {
  const admin = new ReeveClient({ url, token: adminToken });
  for (let count = 0; count < 2; count++)
    keys.push((await admin.call('keys.create', { body: { agent: 'tester' } })).key);
  const [key = '', revoked = ''] = keys;
  const [, second] = (await admin.call('keys.list', { query: {} })).items;
  for (const { path, who, body, headers } of SURFACES) {
    const right = who === 'admin' ? adminToken : key;
    for (const token of [right, revoked, UNKNOWN_CANARY, who === 'admin' ? key : adminToken]) {
      await post(path, token, body, headers);
      await post(path, token, '{"broken":', headers);
      await ask(path, { headers: { 'x-api-key': token, 'x-goog-api-key': token } });
    }
    // Where a caller puts a key where none belongs.
    await post(`${path}?key=${right}`, right, { ...body, user: right }, { 'content-type': 'text/plain' });
  }
  for (const name of ['sim-error-401', 'sim-error-500', 'sim-reset', 'sim-cut-stream', 'gpt-x']) {
    const messages = [{ role: 'user', content: 'say "one"' }];
    for (const stream of [true, false])
      await post('/v1/chat/completions', key, { model: `openai/${name}`, messages, stream });
  }
  if (second !== undefined) await admin.call('keys.revoke', { params: { key: second.id } });
  await post('/v1/chat/completions', revoked, SURFACES[0]?.body);
  for (const path of [
    ...['/', '/metrics', '/readyz', '/v1/models', '/ledger/checkpoint', '/ledger/vkey', '/api/openapi.json'],
    ...[
      '/api/status',
      '/api/keys',
      '/api/agents',
      '/api/agents/tester',
      '/api/shadow-agents',
      '/api/actions?limit=100',
    ],
    ...['/api/runs', '/api/budgets', '/api/costs', '/api/policies', '/api/tools', '/api/fleet/export'],
    ...['/api/fleet/versions', '/api/audit/status', '/api/audit/entries?limit=100', '/api/stops'],
  ])
    await ask(path, { headers: { authorization: `Bearer ${path.startsWith('/api/') ? adminToken : key}` } });
  const { items } = await admin.call('actions.list', { query: { limit: 20 } });
  for (const { id } of items) await ask(`/api/actions/${id}`, { headers: { authorization: `Bearer ${adminToken}` } });
}

/** Every form in which a secret could lie about: as it is, encoded, or only its secret half. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const secretHalf = secret.includes('_') ? secret.slice(secret.lastIndexOf('_') + 1) : secret;
  return [secret, secretHalf, encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('hex')];
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test('no secret is in any log, file, answer or metric', async () => {
  await useEverything();
  child.kill('SIGTERM');
  await once(child, 'exit');
  const places = [
    ...filesBelow(data)
      .filter((file) => file !== join(data, 'admin-token'))
      .map((file) => [file.slice(root.length), readFileSync(file).toString('latin1')] as const),
    ['the log', readFileSync(logFile, 'latin1')] as const,
    ...said.map((text) => [text.slice(0, 60), text] as const),
  ];
  const agentKeys = Object.fromEntries(keys.map((key, index) => [`key ${index}`, key]));
  const secrets: Record<string, string> = { UPSTREAM_CANARY, UNKNOWN_CANARY, adminToken, ...agentKeys };
  const found = places.flatMap(([place, text]) =>
    Object.entries(secrets)
      .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
      .map(([name]) => `${name} in ${place}`),
  );
  expect(found).toEqual([]);
  // The search would have found them: it looked where the calls left traces.
  expect(places.some(([, text]) => text.includes('key.created'))).toBe(true);
  expect(readFileSync(logFile, 'utf8')).toContain('a caller that nobody registered');
  expect(tools.seen.join()).toContain(UPSTREAM_CANARY);
  expect(tools.seen.join()).not.toContain(keys[0]);
  expect(JSON.stringify(provider.requests)).not.toContain(keys[0]);
});
