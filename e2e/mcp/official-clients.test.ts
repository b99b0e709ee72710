import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

// Unmodified official clients of both eras reach the official reference servers through a real Reeve.

const SERVERS = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol');
const files = realpathSync(mkdtempSync(join(tmpdir(), 'reeve-files-')));
let reeve: Reeve;
let key: string;

const FLEET = `
kind: Workspace
name: default
---
kind: Agent
name: reader
owner: maya@example.com
purpose: Read files and try the reference server
tools: ["every.*", "files.*"]
---
kind: ToolServer
name: every
transport: { stdio: [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(SERVERS, 'server-everything/dist/index.js'))}, stdio] }
tools:
  echo: { effect: read }
  get-sum: { effect: read }
---
kind: ToolServer
name: files
transport: { stdio: [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(SERVERS, 'server-filesystem/dist/index.js'))}, ${JSON.stringify(files)}] }
tools:
  read_text_file: { effect: read }
  write_file: { effect: write }
`;

// May be called in one case, so it is listed; a tool that no permit could ever allow is not.
const PERMIT = `permit(principal == Reeve::Agent::"reader", action == Reeve::Action::"call", resource == Reeve::Tool::"files.write_file")
when { context.args.content == "allowed" };`;

beforeAll(async () => {
  writeFileSync(join(files, 'note.txt'), 'a note');
  reeve = await startReeve({ fleet: { 'fleet.yaml': FLEET, 'policies/write.cedar': PERMIT } });
  key = await reeve.key('reader');
});

afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  rmSync(files, { recursive: true, force: true });
});

interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const requestInit = () => ({ headers: { authorization: `Bearer ${key}` } });

async function v2(path: string, mode: 'auto' | 'legacy'): Promise<AnyClient> {
  const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(path, reeve.url), { requestInit: requestInit() }));
  return client;
}

async function v1(path: string): Promise<AnyClient> {
  const client = new ClientV1({ name: 'e2e', version: '1' });
  await client.connect(
    new TransportV1(new URL(path, reeve.url), { requestInit: requestInit() }) as Parameters<ClientV1['connect']>[0],
  );
  return client;
}

test.each([
  ['client 2.4, modern', (path: string) => v2(path, 'auto')],
  ['client 2.4, legacy', (path: string) => v2(path, 'legacy')],
  ['sdk 1.32', v1],
])('%s: a read is allowed, a write is refused with a reason and does nothing', async (_name, connect) => {
  const aggregate = await connect('/mcp');
  const names = (await aggregate.listTools()).tools.map(({ name }) => name);
  expect(names).toContain('every.echo');
  expect(names).toContain('files.read_text_file');
  expect(await aggregate.callTool({ name: 'every.echo', arguments: { message: 'hi' } })).toMatchObject({
    content: [{ type: 'text', text: 'Echo: hi' }],
  });
  await aggregate.close();

  const own = await connect('/mcp/files');
  const read = await own.callTool({ name: 'read_text_file', arguments: { path: join(files, 'note.txt') } });
  expect(JSON.stringify(read.content)).toContain('a note');
  const path = join(files, 'new.txt');
  const write = await own.callTool({ name: 'write_file', arguments: { path, content: 'x' } });
  expect(write.isError).toBe(true);
  expect(JSON.stringify(write.content)).toContain('policy_denied');
  expect((await own.listTools()).tools.map(({ name }) => name)).not.toContain('move_file');
  const unpermitted = await own.callTool({
    name: 'move_file',
    arguments: { source: path, destination: `${path}.old` },
  });
  expect(JSON.stringify(unpermitted.content)).toContain('reader may call files.move_file only with a permit');
  await expect(own.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toThrow('Unknown tool');
  const gone = await own.callTool({ name: 'read_text_file', arguments: { path } });
  expect(gone.isError).toBe(true);
  const bad = await own.callTool({ name: 'read_text_file', arguments: { path: 5 } });
  expect(JSON.stringify(bad)).toContain('arguments.path must be of type string');
  await own.close();
});

test('every call is an action of a run with a decision', async () => {
  const response = await fetch(new URL('/mcp/every', reeve.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-reeve-run': 'mcp-e2e' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'echo', arguments: { message: 'x' } },
    }),
  });
  expect(response.headers.get('x-reeve-run')).toBe('mcp-e2e');
  expect(response.headers.get('x-reeve-decision')).toBe('allow');
  expect(response.headers.get('x-reeve-action')).toMatch(/^act_/);
  const { result } = (await response.json()) as { result: { _meta: Record<string, { run: string }> } };
  expect(result._meta['dev.reeve/action']?.run).toBe('mcp-e2e');
});

test('an unknown key is refused as HTTP', async () => {
  const response = await fetch(new URL('/mcp', reeve.url), {
    method: 'POST',
    headers: { authorization: 'Bearer nobody', 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toContain('Bearer');
});
