import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Story } from '../../stage/story.ts';
import type { Stage } from '../stage.ts';

interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** MCP clients of both eras: a read is allowed, a write is refused by policy with a message that teaches. */
export async function toolsChapter(story: Story, stage: Stage): Promise<void> {
  const key = await stage.reeve.key('clerk');
  for (const [era, connect] of [
    ['modern', modern],
    ['legacy', legacy],
  ] as const) {
    story.chapter(`Tools over MCP, ${era} era`);
    const client = await connect(`${stage.reeve.url}/mcp`, key);
    await useTools(story, stage, client);
    await client.close();
  }
}

async function useTools(story: Story, { files }: Stage, client: AnyClient): Promise<void> {
  const { tools } = await client.listTools();
  story.check('the list has what it may call', tools.map(({ name }) => name).sort(), [
    'files.read_text_file',
    'files.write_file',
  ]);
  const read = await client.callTool({ name: 'files.read_text_file', arguments: { path: join(files, 'refunds.txt') } });
  story.check('a read is allowed', textOf(read), /Refunds are paid within five days/);
  const path = join(files, 'refunds.txt');
  const refused = await client.callTool({ name: 'files.write_file', arguments: { path, content: 'never' } });
  story.check('a write is refused', refused.isError, true);
  story.check(
    '  the message teaches',
    textOf(refused),
    /clerk may call files\.write_file only with a permit that covers this call.*reeve who-can.*ask maya@example\.com/,
  );
  story.check('  nothing was written', readFileSync(path, 'utf8'), 'Refunds are paid within five days.');
  const note = join(files, 'notes', 'today.txt');
  const written = await client.callTool({ name: 'files.write_file', arguments: { path: note, content: 'tea' } });
  story.check('a write below notes/ is permitted', written.isError === true, false);
  story.check('  it was written', existsSync(note), true);
}

function textOf(result: Record<string, unknown>): string {
  return ((result.content ?? []) as { text?: string }[]).map(({ text }) => text ?? '').join(' ');
}

const requestInit = (key: string) => ({ headers: { authorization: `Bearer ${key}`, 'x-reeve-run': 'story' } });

async function modern(url: string, key: string): Promise<AnyClient> {
  const client = new Client({ name: 'story', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: requestInit(key) }));
  return client;
}

async function legacy(url: string, key: string): Promise<AnyClient> {
  const client = new LegacyClient({ name: 'story', version: '1' });
  const transport = new LegacyTransport(new URL(url), { requestInit: requestInit(key) });
  await client.connect(transport as Parameters<LegacyClient['connect']>[0]);
  return client;
}
