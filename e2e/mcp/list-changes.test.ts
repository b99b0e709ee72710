import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { say, startToolWorld, type ToolWorld } from './tool-world.ts';

// An apply that changes what an agent may call tells its clients to read their list again, in both eras.

let world: ToolWorld;
let reeve: Reeve;

const fleet = (clerkTools: string) => `
kind: Workspace
name: default
---
kind: Agent
name: clerk
owner: maya@example.com
purpose: Read
tools: [${clerkTools}]
---
kind: Agent
name: other
owner: maya@example.com
purpose: Read too
tools: ["desk.*"]
---
kind: ToolServer
name: desk
transport: { http: "${world.url}/mcp" }
tools: { look: { effect: read }, find: { effect: read }, close: { effect: write } }
`;

beforeAll(async () => {
  world = await startToolWorld();
  for (const name of ['look', 'find', 'close']) world.offer(name, () => say(name));
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet('desk.look') } });
});

afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

interface Listener {
  readonly client: Client;
  /** Resolves with the names that the list holds after the next change that is told. */
  next(): Promise<string[]>;
  readonly told: () => number;
}

async function listen(agent: string, mode: 'auto' | 'legacy', path = '/mcp/desk'): Promise<Listener> {
  let told = 0;
  let heard = Promise.withResolvers<string[]>();
  const key = await reeve.key(agent);
  const client = new Client(
    { name: 'e2e', version: '1' },
    {
      versionNegotiation: { mode },
      listChanged: {
        tools: {
          debounceMs: 0,
          onChanged: (_error, tools) => {
            told += 1;
            heard.resolve((tools ?? []).map(({ name }) => name));
          },
        },
      },
    },
  );
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(path, reeve.url), { requestInit }));
  return {
    client,
    told: () => told,
    next: async () => {
      const names = await heard.promise;
      heard = Promise.withResolvers();
      return names;
    },
  };
}

const apply = (tools: string, policy?: string) =>
  reeve.admin.call('fleet.apply', {
    body: {
      files: [
        { path: 'fleet.yaml', text: fleet(tools) },
        ...(policy === undefined ? [] : [{ path: 'policies/more.cedar', text: policy }]),
      ],
    },
  });

test.each(['auto', 'legacy'] as const)(
  '%s: clients hear of changes of their own agent and of policies',
  async (mode) => {
    await apply('desk.look');
    const clerk = await listen('clerk', mode);
    const other = await listen('other', mode);
    try {
      await apply('desk.look, desk.find');
      expect(await clerk.next()).toEqual(['find', 'look']);
      expect(other.told()).toBe(0);
      await apply('desk.*', 'permit(principal, action, resource == Reeve::Tool::"desk.close");');
      expect(await clerk.next()).toEqual(['close', 'find', 'look']);
      expect(await other.next()).toEqual(['close', 'find', 'look']);
    } finally {
      await clerk.client.close();
      await other.client.close();
    }
  },
);
