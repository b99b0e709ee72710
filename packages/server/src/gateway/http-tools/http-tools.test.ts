import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Agent, agentSchema, type ToolServer, toolServerSchema, type Workspace } from '@reeve/contracts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createOutboundClient, type OutboundClient } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { DecidedAction, Target, WholeReply } from '../action.ts';
import { LateOperation } from '../tools/index.ts';
import { HttpTools } from './index.ts';

const SECRET = 'sk-canary-upstream-1';
let api: Server;
let base: string;
let seen: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[];
let outbound: OutboundClient;
let tools: HttpTools;

beforeAll(async () => {
  outbound = createOutboundClient();
  api = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      const json = (status: number, value: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      if (request.url?.includes('/redirect')) response.writeHead(307, { location: `${base}/charges/x/refund` }).end();
      else if (request.url?.includes('/echo')) json(200, request.headers);
      else if (request.url?.includes('/declined')) json(402, { error: 'card declined' });
      else if (request.url?.includes('/huge')) response.end(Buffer.alloc(5 * 1024 * 1024));
      else if (request.url?.includes('/text')) response.end('plain words');
      else if (request.url?.includes('/bytes')) response.end(Buffer.from([0xff, 0xfe]));
      else json(200, { id: 're_1', note: 'call me at 555-0100' });
    });
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await outbound[Symbol.asyncDispose]();
  api.closeAllConnections();
  api.close();
});

beforeEach(() => {
  seen = [];
  tools = new HttpTools({
    outbound,
    secretValue: (workspace, name) => {
      if (workspace === 'default' && name === 'stripe') return SECRET;
      throw new Error('no such secret');
    },
    checker: {
      check: (_, schema, args) => {
        const missing = ((schema as { required?: string[] }).required ?? []).find((name) => !(name in args));
        return missing === undefined ? undefined : `arguments needs "${missing}"`;
      },
    },
    boundsInclude: (_, agent) => agent === 'refund',
  });
});

const tool = (path: string, method = 'GET') => ({ effect: 'read', request: { method, path } });
function server(more: object = {}): ToolServer {
  return toolServerSchema.parse({
    kind: 'ToolServer',
    name: 'stripe',
    transport: { api: base },
    credential: 'stripe',
    privateNetwork: true,
    tools: {
      refund: {
        effect: 'pay',
        reversible: { within: '5m', by: 'stripe.cancel' },
        subject: 'args.charge',
        amount: 'args.amount_cents / 100.0',
        sideEffect: 'result.id',
        costUsd: 0.02,
        request: { method: 'POST', path: '/charges/{charge}/refund', headers: { 'x-version': '2' } },
      },
      redirect: tool('/redirect', 'POST'),
      echo: tool('/echo'),
      declined: tool('/declined'),
      huge: tool('/huge'),
      text: tool('/text'),
      bytes: tool('/bytes'),
    },
    ...more,
  });
}

const agent = (name = 'refund'): Agent =>
  agentSchema.parse({ kind: 'Agent', name, owner: 'maya@example.com', purpose: 'test', tools: ['stripe.*'] });

function fleet(toolServer: ToolServer = server(), workspace = 'default'): Fleet {
  return {
    workspace,
    version: 'sha256:0',
    settings: {} as Workspace,
    agents: new Map(),
    toolServers: new Map([[toolServer.name, toolServer]]),
    models: new Map(),
    secrets: new Map(),
    budgets: new Map(),
    guardrails: new Map(),
    riskRules: new Map(),
    approvals: new Map(),
    policies: [],
  };
}

/** As doors make it: the name is looked up under the caller's fleet. */
function named(name: string, args: Record<string, unknown>): LateOperation {
  const [serverName = '', tool = ''] = name.split('.');
  return new LateOperation((inFleet) => {
    const found = inFleet.toolServers.get(serverName);
    return found && tools.operation(found, tool, args);
  });
}

async function call(
  name: string,
  args: Record<string, unknown> = {},
  inFleet: Fleet = fleet(),
  signal = new AbortController().signal,
) {
  const operation = named(name, args);
  const target: Target = await operation.resolve(inFleet, agent());
  const fault = operation.check(target);
  if (fault !== undefined) return { target, fault };
  const reply = (await operation.execute({ fleet: inFleet, target, signal } as DecidedAction, {
    inspectOutput: false,
  })) as WholeReply;
  return { target, reply, result: JSON.parse(Buffer.from(reply.body).toString()) as unknown, operation };
}

test('a call carries the credential, its price and the id of its side effect', async () => {
  const { target, reply, result } = await call('stripe.refund', { charge: 'ch_1', amount_cents: 500 });
  expect(target).toMatchObject({
    name: 'stripe.refund',
    effect: 'pay',
    grade: 'executed',
    subject: 'ch_1',
    amount: 5,
    reversible: { withinMs: 300_000 },
    worstCase: { nanoUsd: 20_000_000 },
  });
  expect(seen).toMatchObject([
    {
      method: 'POST',
      url: '/charges/ch_1/refund',
      body: '{"amount_cents":500}',
      headers: { authorization: `Bearer ${SECRET}`, 'x-version': '2', 'content-type': 'application/json' },
    },
  ]);
  expect(result).toEqual({ id: 're_1', note: 'call me at 555-0100' });
  expect(reply).toMatchObject({ sideEffect: 're_1', costNanoUsd: 20_000_000, servedBy: 'stripe' });
});

test('a credential that the API echoes does not reach the agent', async () => {
  const { reply } = await call('stripe.echo', {}, fleet(server({ credentialAs: { header: 'x-token' } })));
  expect(seen[0]?.headers['x-token']).toBe(SECRET);
  expect(Buffer.from(reply?.body ?? []).toString()).toContain('"x-token":"[credential]"');
});

test('a redirect is an error and nobody follows it', async () => {
  const { reply } = await call('stripe.redirect');
  expect(reply?.upstreamError).toContain('redirect (307)');
  expect(seen).toHaveLength(1);
});

test('an answer of the API that says no is passed on, free of charge', async () => {
  const { reply, result } = await call('stripe.declined');
  expect(reply).toMatchObject({ upstreamError: 'the API answered 402', costNanoUsd: 0 });
  expect(result).toEqual({ error: 'card declined' });
});

test('text, bytes and too much of either', async () => {
  expect((await call('stripe.text')).result).toBe('plain words');
  expect((await call('stripe.bytes')).result).toMatchObject({ base64: '//4=' });
  await expect(call('stripe.huge')).rejects.toMatchObject({ code: 'upstream_failed' });
});

test('private addresses need the word of the operator', async () => {
  await expect(call('stripe.echo', {}, fleet(server({ privateNetwork: false })))).rejects.toMatchObject({
    code: 'destination_denied',
  });
  const named = base.replace('127.0.0.1', 'localhost.');
  const byName = server({ privateNetwork: false, transport: { api: named } });
  await expect(call('stripe.echo', {}, fleet(byName))).rejects.toMatchObject({ code: 'destination_denied' });
  expect(seen).toEqual([]);
});

test('arguments that do not fit are refused before anything is computed from them', async () => {
  const { fault, target } = await call('stripe.refund', { amount_cents: 500 });
  expect(fault).toBe('arguments needs "charge"');
  expect(target).not.toHaveProperty('subject');
  expect((await call('stripe.refund', { charge: '../admin', amount_cents: 1 })).fault).toContain(
    'cannot be part of an address',
  );
  expect(seen).toEqual([]);
});

test('a tool that is not there, not HTTP, or not for this agent is unknown', async () => {
  const unknown = { code: 'unknown_tool' };
  await expect(call('stripe.nothing')).rejects.toMatchObject(unknown);
  await expect(call('nothing')).rejects.toMatchObject(unknown);
  await expect(call('stripe.constructor')).rejects.toMatchObject(unknown);
  await expect(call('stripe.echo', {}, fleet(server({ transport: { http: base } })))).rejects.toMatchObject(unknown);
  const operation = named('stripe.echo', {});
  expect(() => operation.resolve(fleet(), agent('search'))).toThrow(expect.objectContaining(unknown));
});

test("another workspace does not get this one's secret", async () => {
  await expect(call('stripe.echo', {}, fleet(server(), 'other'))).rejects.toThrow('no such secret');
  expect(seen).toEqual([]);
});

test('guardrails read and rewrite arguments and results', async () => {
  const operation = named('stripe.refund', {
    charge: 'ch_1',
    amount_cents: 1,
    note: 'card 4111',
  });
  const inFleet = fleet();
  const target = await operation.resolve(inFleet, agent());
  expect(operation.parts()).toContainEqual({ path: 'args.note', role: 'arguments', text: 'card 4111' });
  operation.rewrite([{ path: 'args.note', text: 'card [number]' }]);
  expect(target).toMatchObject({ args: { note: 'card [number]' } });
  expect(Buffer.from(operation.payload()).toString()).toBe(
    '{"args":{"amount_cents":1,"charge":"ch_1","note":"card [number]"},"tool":"stripe.refund"}',
  );
  const signal = new AbortController().signal;
  const reply = (await operation.execute({ fleet: inFleet, target, signal } as DecidedAction, {
    inspectOutput: true,
  })) as WholeReply;
  expect(seen[0]?.body).toContain('card [number]');
  const edited = reply.rewritten([{ path: 'result.note', text: '[phone]' }]);
  expect(JSON.parse(Buffer.from(edited.body).toString())).toEqual({ id: 're_1', note: '[phone]' });
  expect(edited.sideEffect).toBe('re_1');
});

test('a stop ends the call with its own reason', async () => {
  const stop = new AbortController();
  stop.abort(Object.assign(new Error('stopped'), { name: 'AbortError' }));
  await expect(call('stripe.echo', {}, fleet(), stop.signal)).rejects.toMatchObject({ code: 'upstream_failed' });
  expect(seen).toEqual([]);
});

test('faults of a tool server are found at apply, each at its place', async () => {
  const broken = server({
    destinations: ['https://x', 'api.example.com'],
    credentialAs: { env: 'TOKEN' },
    tools: { none: { effect: 'read' }, dots: tool('/a/../b') },
  });
  const { problems } = await tools.prepare(fleet(broken));
  expect(problems.map((problem) => problem.path?.join('.'))).toEqual([
    'transport.api',
    'destinations.0',
    'credentialAs',
    'tools.none',
    'tools.dots.request',
  ]);
  expect((await tools.prepare(fleet())).problems).toEqual([]);
});

test('a redaction that changes what the call is about, or what its schema wants, is no call at all', async () => {
  const operation = named('stripe.refund', { charge: 'ch_1', amount_cents: 1, note: 'x' });
  const target = await operation.resolve(fleet(), agent());
  await operation.rewrite([{ path: 'args.charge', text: '[card]' }]);
  expect(operation.check(target)).toBe('the subject of this call holds what a guardrail must redact');
  expect(target).toMatchObject({ subject: 'ch_1' });
});
