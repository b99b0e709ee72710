import { startModelProvider, startReeve } from '@reeve/testkit';
import { expect, test } from 'vitest';

test('shutdown ends open streams with a reason after the drain time, and records how they ended', async () => {
  await using provider = await startModelProvider();
  const reeve = await startReeve({
    fleet: {
      'fleet.yaml': `
{ kind: Workspace, name: default, providers: { openai: { baseUrl: "${provider.url}/v1" } }, prices: [{ model: openai/*, price: { input: 1, output: 1 } }] }
---
{ kind: Agent, name: caller, owner: maya@example.com, purpose: Streams, models: ["*"] }
`,
    },
    flags: { 'drain-timeout': '200ms' },
  });
  const response = await fetch(`${reeve.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await reeve.key('caller')}`,
      'content-type': 'application/json',
      'x-reeve-run': 'last',
    },
    body: JSON.stringify({
      model: 'openai/sim-slow-stream',
      stream: true,
      messages: [{ role: 'user', content: `say "${'word '.repeat(500)}"` }],
    }),
  });
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  await reader.read();
  const disposed = reeve[Symbol.asyncDispose]();
  let text = '';
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
    text += new TextDecoder().decode(chunk.value);
  await disposed;
  expect(text).toContain('shutting down');
});
