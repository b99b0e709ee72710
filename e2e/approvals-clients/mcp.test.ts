import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitationCompleteNotificationSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClientsPlane, startClientsPlane } from './clients-plane.ts';

// Unmodified official MCP clients of both eras, on every rung of the ladder: what people approved runs once, whoever asked how.

let plane: ClientsPlane;
beforeAll(async () => {
  plane = await startClientsPlane();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

let paid = 0;
let cents = 5_000;
beforeEach(async () => {
  await plane.forget();
  paid = plane.bank.payments.length;
  cents += 1;
});
const payments = () => plane.bank.payments.slice(paid);

interface Elicited {
  readonly mode?: unknown;
  readonly url?: unknown;
  readonly message?: unknown;
}
type Answer = (asked: Elicited) => Promise<'accept' | 'decline' | 'cancel'>;
type Called = Readonly<Record<string, unknown>>;
interface AnyClient extends AsyncDisposable {
  pay(onProgress?: (message: string) => void): Promise<Called>;
  readonly completed: string[];
}

const at = () => new URL('/mcp', plane.reeve.url);
const requestInit = () => ({ headers: { authorization: `Bearer ${plane.keys.clerk}` } });
const call = () => ({ name: 'bank.pay', arguments: { to: 'acme', cents } });

async function v2(mode: 'auto' | 'legacy', answer?: Answer): Promise<AnyClient> {
  const capabilities = answer === undefined ? {} : { elicitation: { url: {} } };
  const client = new Client({ name: 'e2e', version: '1' }, { capabilities, versionNegotiation: { mode } });
  if (answer !== undefined)
    client.setRequestHandler('elicitation/create', async ({ params }) => ({ action: await answer(params) }));
  await client.connect(new StreamableHTTPClientTransport(at(), { requestInit: requestInit() }));
  return {
    completed: [],
    pay: (onProgress) =>
      client.callTool(call(), onProgress && { onprogress: ({ message }) => onProgress(message ?? '') }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function v1(answer?: Answer): Promise<AnyClient> {
  const capabilities = answer === undefined ? {} : { elicitation: { url: {} } };
  const client = new ClientV1({ name: 'e2e', version: '1' }, { capabilities });
  const completed: string[] = [];
  if (answer !== undefined) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({ action: await answer(params) }));
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      completed.push(params.elicitationId);
    });
  }
  await client.connect(new TransportV1(at(), { requestInit: requestInit() }) as Parameters<ClientV1['connect']>[0]);
  return {
    completed,
    pay: (onProgress) =>
      client.callTool(call(), undefined, onProgress && { onprogress: ({ message }) => onProgress(message ?? '') }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

const CLIENTS: readonly (readonly [string, (answer?: Answer) => Promise<AnyClient>])[] = [
  ['client 2.4, modern', (answer) => v2('auto', answer)],
  ['client 2.4, legacy', (answer) => v2('legacy', answer)],
  ['sdk 1.32', (answer) => v1(answer)],
];

describe.each(CLIENTS)('%s', (_name, connect) => {
  it('that declares nothing: told what waits and where, and the identical call goes through once', async () => {
    await using client = await connect();
    const held = await client.pay();
    const { approval_id: approval } = held.structuredContent as { approval_id: string };
    expect(held.isError).toBe(true);
    expect(held.structuredContent).toMatchObject({
      status: 'approval_pending',
      approval_url: `${plane.reeve.url}/approvals/${approval}`,
    });
    expect(JSON.stringify(held.content)).toContain(`PENDING_APPROVAL ${approval}`);
    await plane.approve(approval);
    expect((await client.pay()).isError).toBeFalsy();
    expect((await client.pay()).isError).toBe(true);
    expect(payments()).toEqual([{ to: 'acme', cents }]);
  });

  it('with a progress token: kept open with progress until a person approved', async () => {
    await using client = await connect();
    const told: string[] = [];
    const [result, approval] = await Promise.all([
      client.pay((message) => told.push(message)),
      plane.answerNext('approve'),
    ]);
    expect(result.isError).toBeFalsy();
    expect(told[0]).toBe(`waiting for approval ${approval}`);
    expect(payments()).toHaveLength(1);
  });

  it('with a progress token: a person’s no is told with its reason', async () => {
    await using client = await connect();
    const [result] = await Promise.all([client.pay(() => undefined), plane.answerNext('deny', 'not this vendor')]);
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result.content)).toContain('not this vendor');
    expect(payments()).toEqual([]);
  });

  it('that opens addresses: shown the page; accepting is not approving, the approval of another person is', async () => {
    const asked: Elicited[] = [];
    await using client = await connect(async (params) => {
      asked.push(params);
      return 'accept';
    });
    const paying = client.pay();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(payments()).toEqual([]);
    const approval = await plane.answerNext('approve');
    expect((await paying).isError).toBeFalsy();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ mode: 'url', url: `${plane.reeve.url}/approvals/${approval}` });
    expect(payments()).toHaveLength(1);
  });

  it('whose person does not open the page: told that it waits', async () => {
    await using client = await connect(async () => 'decline');
    const result = await client.pay();
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ status: 'approval_pending' });
    expect(payments()).toEqual([]);
  });
});

it('a legacy client hears that the page is done with', async () => {
  await using client = await v1(async () => 'accept');
  const [, approval] = await Promise.all([client.pay(), plane.answerNext('approve')]);
  expect(client.completed).toEqual([approval]);
});
