import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startReeve } from '@reeve/testkit';
import OpenAI from 'openai';
import { expect, it } from 'vitest';

// Official clients take the end marker for the end and hang up, without waiting for the end of the body.
it.each([
  { upstream: 'hangs up late', lingerMs: 100 },
  { upstream: 'never hangs up', lingerMs: 60_000 },
])('lets the end marker out only when the outcome is on record: an upstream that $upstream', async ({ lingerMs }) => {
  const upstream = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const data of [event({ content: 'hello' }), event({}, 'stop'), '[DONE]']) response.write(`data: ${data}\n\n`);
    setTimeout(() => response.end(), lingerMs).unref();
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  await using reeve = await startReeve({ fleet: { 'fleet.yaml': fleetOf(url) } });
  const client = new OpenAI({ apiKey: await reeve.key('tester'), baseURL: `${reeve.url}/v1` });
  const messages = [{ role: 'user' as const, content: 'x' }];

  const stream = await client.chat.completions.create({ model: 'small', messages, stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';

  expect(text).toBe('hello');
  const { items } = await reeve.admin.call('actions.list');
  expect(items.map(({ outcome }) => outcome)).toEqual(['succeeded']);
  upstream.closeAllConnections();
  upstream.close();
});

function event(delta: object, finish_reason: string | null = null): string {
  return JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] });
}

function fleetOf(url: string): string {
  return `
{ kind: Workspace, name: default }
---
{ kind: Agent, name: tester, owner: maya@example.com, purpose: Streams, models: [small] }
---
{ kind: Model, name: small, targets: [{ provider: sim, api: openai, model: m, baseUrl: "${url}", price: { input: 1, output: 2 } }] }
`;
}
