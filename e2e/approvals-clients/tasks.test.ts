import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createTaskSessionFromClient, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client';
import { CreateTaskResultV2Schema, GetTaskResultV2Schema } from '@modelcontextprotocol/ext-tasks/core/v2';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ClientsPlane, startClientsPlane } from './clients-plane.ts';

// Clients that know tasks (2026-07-28): a held call is a task, which ends as people decide. The wire is judged by the official schemas.

let plane: ClientsPlane;
beforeAll(async () => {
  plane = await startClientsPlane();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

let paid = 0;
let cents = 9_000;
beforeEach(async () => {
  await plane.forget();
  paid = plane.bank.payments.length;
  cents += 1;
});
const payments = () => plane.bank.payments.slice(paid);

const TASKS = 'io.modelcontextprotocol/tasks';
const VERSION = '2026-07-28';
const clientInfo = { name: 'e2e', version: '1' };
const declared = { extensions: { [TASKS]: {} } };
const payCall = () => ({ name: 'bank.pay', arguments: { to: 'acme', cents } });

interface Reply {
  readonly status: number;
  readonly body: {
    readonly result?: Record<string, unknown>;
    readonly error?: { code: number; message: string; data?: unknown };
  };
}
interface Sent {
  readonly key?: string;
  readonly capabilities?: object;
  readonly path?: string;
}

async function rpc(method: string, params: Record<string, unknown>, more: Sent = {}): Promise<Reply> {
  const { key = plane.keys.clerk, capabilities = declared, path = '/mcp' } = more;
  const _meta = {
    ...(params._meta as object),
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
  const name = params.name ?? params.taskId;
  const response = await fetch(`${plane.reeve.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  });
  return { status: response.status, body: (await response.json()) as Reply['body'] };
}

async function openTask(): Promise<string> {
  const { body } = await rpc('tools/call', payCall());
  const created = CreateTaskResultV2Schema.parse(body.result);
  expect(created).toMatchObject({ resultType: 'task', status: 'working' });
  return created.taskId;
}

async function poll(taskId: string, more?: Sent) {
  return GetTaskResultV2Schema.parse((await rpc('tasks/get', { taskId }, more)).body.result);
}

it('works until people decide, then the call is made once and its result is the task’s', async () => {
  const taskId = await openTask();
  expect(await poll(taskId)).toMatchObject({ status: 'working' });
  await plane.answerNext('approve');
  const polls = await Promise.all(Array.from({ length: 10 }, () => poll(taskId)));
  const ended = await poll(taskId);
  expect(ended).toMatchObject({ status: 'completed', result: { content: [{ type: 'text' }] } });
  expect(polls.every(({ status }) => status === 'completed' || status === 'working')).toBe(true);
  expect(payments()).toEqual([{ to: 'acme', cents }]);
});

it('a person’s no is a result that says so', async () => {
  const taskId = await openTask();
  await plane.answerNext('deny', 'not this vendor');
  const ended = await poll(taskId);
  expect(ended).toMatchObject({ status: 'completed', result: { isError: true } });
  expect(JSON.stringify(ended)).toContain('not this vendor');
  expect(payments()).toEqual([]);
});

it('cancelled: what is approved later is not executed', async () => {
  const taskId = await openTask();
  expect((await rpc('tasks/cancel', { taskId })).body.result).toMatchObject({ resultType: 'complete' });
  await plane.answerNext('approve');
  expect(await poll(taskId)).toMatchObject({ status: 'cancelled' });
  expect(payments()).toEqual([]);
});

it('a task is its agent’s, at its endpoint, for clients that declare tasks', async () => {
  const taskId = await openTask();
  expect((await rpc('tasks/get', { taskId }, { key: plane.keys.hasty })).body.error?.code).toBe(-32602);
  expect((await rpc('tasks/get', { taskId }, { path: '/mcp/bank' })).body.error?.code).toBe(-32602);
  expect((await rpc('tasks/get', { taskId: 'tsk_guess' })).body.error?.code).toBe(-32602);
  expect((await rpc('tasks/cancel', { taskId }, { key: plane.keys.hasty })).body.error?.code).toBe(-32602);
  const undeclared = await rpc('tasks/get', { taskId }, { capabilities: {} });
  expect([undeclared.status, undeclared.body.error?.code]).toEqual([400, -32021]);
  expect(await poll(taskId)).toMatchObject({ status: 'working' });
});

it('a client that does not declare tasks never gets one', async () => {
  const { body } = await rpc('tools/call', payCall(), { capabilities: {} });
  expect(body.result).toMatchObject({ resultType: 'complete', isError: true });
});

it('nobody answers: the task ends with that', async () => {
  const { body } = await rpc('tools/call', payCall(), { key: plane.keys.hasty });
  const { taskId } = CreateTaskResultV2Schema.parse(body.result);
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  const ended = await poll(taskId, { key: plane.keys.hasty });
  expect(JSON.stringify(ended)).toContain('nobody answered in time');
});

it('the official requester settles it', async () => {
  const client = new Client(clientInfo, { capabilities: declared, versionNegotiation: { mode: 'auto' } });
  const requestInit = { headers: { authorization: `Bearer ${plane.keys.clerk}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', plane.reeve.url), { requestInit }));
  const session = createTaskSessionFromClient(client, {
    endpointId: 'reeve',
    v2RequestFraming: { protocolVersion: VERSION, clientInfo, clientCapabilities: declared },
    rawDispatch: async (request) => {
      const { method, params } = request as { method: string; params: Record<string, unknown> };
      const { body } = await rpc(method, params);
      if (body.error !== undefined) return { kind: 'error', error: body.error as { code: number; message: string } };
      return { kind: 'result', result: body.result as never };
    },
  });
  try {
    const execution = await session.callTool('bank.pay', payCall().arguments);
    expect(execution.kind).toBe('task');
    const [{ outcome }] = await Promise.all([execution.settle(), plane.answerNext('approve')]);
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text' }] });
    expect(payments()).toHaveLength(1);
  } finally {
    await session.close();
    await client.close();
  }
});
