import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let reeve: Reeve;
beforeAll(async () => {
  reeve = await startReeve({ fleet: { 'fleet.yaml': '{ kind: Workspace, name: default }' } });
});
afterAll(() => reeve?.[Symbol.asyncDispose]());

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a method that every object has is none of an API: %s',
  async (method) => {
    const response = await fetch(`${reeve.url}/gemini/v1beta/models/x:${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(4_000),
    });
    expect(response.status).toBe(404);
  },
);
