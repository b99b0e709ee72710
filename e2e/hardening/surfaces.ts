import { expect } from 'vitest';
import type { RawAnswer } from './raw-http.ts';

/** One address where outsiders hand JSON in, with a request that works there. */
export interface Surface {
  readonly path: string;
  readonly who: 'agent' | 'admin';
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The message of a refusal, after a look at whether it has the shape of this surface. */
  readonly refusal: (body: unknown) => string;
  /** Whether fields that Reeve does not know are the upstream's business. */
  readonly unknownFields: 'kept' | 'ignored' | 'refused';
}

const TEXT = expect.any(String) as string;
const user = [{ role: 'user', content: 'say "one"' }];
const rpc = (name: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: { text: 'one' } },
});
const MCP_HEADERS = { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' };

export const SURFACES: readonly Surface[] = [
  {
    path: '/v1/chat/completions',
    who: 'agent',
    body: { model: 'fast', messages: user },
    refusal: openai,
    unknownFields: 'kept',
  },
  {
    path: '/openai/v1/responses',
    who: 'agent',
    body: { model: 'fast', input: 'say "one"' },
    refusal: openai,
    unknownFields: 'kept',
  },
  {
    path: '/anthropic/v1/messages',
    who: 'agent',
    body: { model: 'anthropic/claude-x', max_tokens: 50, messages: user },
    refusal: anthropic,
    unknownFields: 'kept',
  },
  {
    path: '/gemini/v1beta/models/gemini%2Fx:generateContent',
    who: 'agent',
    body: { contents: [{ role: 'user', parts: [{ text: 'say "one"' }] }] },
    refusal: gemini,
    unknownFields: 'kept',
  },
  {
    path: '/mcp',
    who: 'agent',
    body: rpc('echo.echo'),
    headers: MCP_HEADERS,
    refusal: jsonRpc,
    unknownFields: 'ignored',
  },
  {
    path: '/mcp/echo',
    who: 'agent',
    body: rpc('echo'),
    headers: MCP_HEADERS,
    refusal: jsonRpc,
    unknownFields: 'ignored',
  },
  { path: '/actions', who: 'agent', body: { tool: 'orders.read' }, refusal: plain, unknownFields: 'refused' },
  { path: '/api/fleet/plan', who: 'admin', body: { files: [] }, refusal: plain, unknownFields: 'refused' },
];

/** No stack, no path of a file, no secret; a JSON refusal in the shape of its surface that says something. */
export function expectRefusal(surface: Surface, answer: RawAnswer, secrets: readonly string[]): string {
  expect(answer.status, answer.body).toBeGreaterThanOrEqual(400);
  expect(answer.status, answer.body).toBeLessThan(500);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.body).not.toMatch(/node:|node_modules|\.ts:|\n\s+at /);
  for (const secret of secrets) expect(answer.body).not.toContain(secret);
  const message = surface.refusal(JSON.parse(answer.body));
  expect(message.length).toBeGreaterThan(10);
  return message;
}

function openai(body: unknown): string {
  expect(body).toEqual({ error: { message: TEXT, type: TEXT, param: null, code: TEXT } });
  return (body as { error: { message: string } }).error.message;
}

function anthropic(body: unknown): string {
  const error = { type: TEXT, message: TEXT, details: { error_code: TEXT } };
  expect(body).toEqual({ type: 'error', error, request_id: TEXT });
  return (body as { error: { message: string } }).error.message;
}

function gemini(body: unknown): string {
  expect(body).toMatchObject({ error: { code: expect.any(Number) as number, message: TEXT, status: TEXT } });
  return (body as { error: { message: string } }).error.message;
}

function jsonRpc(body: unknown): string {
  expect(body).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) as number, message: TEXT } });
  return (body as { error: { message: string } }).error.message;
}

function plain(body: unknown): string {
  expect(body).toMatchObject({ error: { code: TEXT, message: TEXT, next: TEXT } });
  return (body as { error: { message: string } }).error.message;
}
