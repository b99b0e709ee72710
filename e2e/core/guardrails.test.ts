import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agent, type CorePlane, startCorePlane } from './core-plane.ts';
import { apiTools, type LocalApi, SHOP_KEY, startLocalApi } from './local-api.ts';

/** Put together here, so that no scanner takes this file for a leak. */
const SECRET = ['AKI', 'A3QJ7TTRW5VNXMZKL'].join('');

let plane: CorePlane;
let api: LocalApi;
const keys: Record<string, string> = {};

const guard = (action: string) => `---
kind: Guardrails
name: ${action}-secrets
agents: [${action}]
checks: [{ check: secrets, on: [input, output, arguments, result], action: ${action} }]
`;

beforeAll(async () => {
  api = await startLocalApi();
  const agents = ['deny', 'redact', 'none'].map((name) => agent(name, 'tools: ["shop.*"]'));
  plane = await startCorePlane({
    fleet: `${agents.join('')}${guard('deny')}${guard('redact')}${apiTools(api.url)}`,
    environment: { SHOP_KEY },
  });
  for (const name of ['deny', 'redact', 'none']) keys[name] = await plane.reeve.key(name);
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

function send(as: string, path: string, body: object): Promise<Response> {
  const key = keys[as] ?? '';
  return fetch(new URL(path, plane.reeve.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const MESSAGES = '/anthropic/v1/messages';
const GEMINI = '/gemini/v1beta/models/gemini%2Fx:generateContent';
const hello = { role: 'user', content: 'hello' };
const chat = (...messages: object[]) => ({ model: 'openai/x', messages: [...messages, hello] });
const responses = (...input: object[]) => ({ model: 'openai/x', input: [...input, hello] });
const claude = (system: unknown, ...messages: object[]) => ({
  model: 'anthropic/x',
  max_tokens: 99,
  system,
  messages: [...messages, hello],
});
const gemini = (...contents: object[]) => ({ contents: [...contents, { role: 'user', parts: [{ text: 'hello' }] }] });
const text = `my key is ${SECRET} ok`;
const toolJson = JSON.stringify({ q: text });

/** A secret in every place of every endpoint that an agent can fill. */
const INPUTS: [place: string, path: string, body: object][] = [
  ['chat: system', CHAT, chat({ role: 'system', content: text })],
  ['chat: developer', CHAT, chat({ role: 'developer', content: text })],
  ['chat: user', CHAT, chat({ role: 'user', content: text })],
  ['chat: user, in a part', CHAT, chat({ role: 'user', content: [{ type: 'text', text }] })],
  ['chat: assistant', CHAT, chat({ role: 'assistant', content: text })],
  [
    'chat: tool call',
    CHAT,
    chat({
      role: 'assistant',
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: toolJson } }],
    }),
  ],
  ['chat: tool result', CHAT, chat({ role: 'tool', tool_call_id: 'c', content: text })],
  [
    'chat: description of a tool',
    CHAT,
    {
      ...chat(),
      tools: [{ type: 'function', function: { name: 'f', description: text, parameters: { type: 'object' } } }],
    },
  ],
  ['completions: prompt', '/v1/completions', { model: 'openai/x', prompt: text }],
  ['responses: input', RESPONSES, { model: 'openai/x', input: text }],
  ['responses: instructions', RESPONSES, { ...responses(), instructions: text }],
  ['responses: message', RESPONSES, responses({ role: 'user', content: [{ type: 'input_text', text }] })],
  [
    'responses: function call',
    RESPONSES,
    responses({ type: 'function_call', call_id: 'c', name: 'f', arguments: toolJson }),
  ],
  ['responses: function result', RESPONSES, responses({ type: 'function_call_output', call_id: 'c', output: text })],
  ['embeddings: input', '/v1/embeddings', { model: 'openai/x', input: text }],
  ['embeddings: inputs', '/v1/embeddings', { model: 'openai/x', input: ['x', text] }],
  ['messages: system', MESSAGES, claude(text)],
  ['messages: system, in a block', MESSAGES, claude([{ type: 'text', text }])],
  ['messages: user', MESSAGES, claude('be kind', { role: 'user', content: text })],
  ['messages: assistant', MESSAGES, claude('be kind', { role: 'assistant', content: [{ type: 'text', text }] })],
  [
    'messages: tool use',
    MESSAGES,
    claude('be kind', {
      role: 'assistant',
      content: [{ type: 'tool_use', id: 't', name: 'f', input: { deep: { q: [text] } } }],
    }),
  ],
  [
    'messages: tool result',
    MESSAGES,
    claude('be kind', { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: text }] }),
  ],
  [
    'messages: tool result, in a block',
    MESSAGES,
    claude('be kind', {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text }] }],
    }),
  ],
  ['count_tokens', `${MESSAGES}/count_tokens`, { model: 'anthropic/x', messages: [{ role: 'user', content: text }] }],
  ['gemini: system', GEMINI, { ...gemini(), systemInstruction: { parts: [{ text }] } }],
  ['gemini: user', GEMINI, gemini({ role: 'user', parts: [{ text }] })],
  ['gemini: model', GEMINI, gemini({ role: 'model', parts: [{ text }] })],
  [
    'gemini: function call',
    GEMINI,
    gemini({ role: 'model', parts: [{ functionCall: { name: 'f', args: { q: text } } }] }),
  ],
  [
    'gemini: function response',
    GEMINI,
    gemini({ role: 'user', parts: [{ functionResponse: { name: 'f', response: { deep: [text] } } }] }),
  ],
  ['gemini: embed', '/gemini/v1beta/models/gemini%2Fx:embedContent', { content: { parts: [{ text }] } }],
  ['action: argument', '/actions', { tool: 'shop.note', args: { deep: { q: [text] } } }],
];

const upstream = () => plane.provider.count() + api.received.length;
const lastReceived = () => `${plane.provider.requests.at(-1)?.body} ${api.received.at(-1)?.body}`;

describe.each(INPUTS)('a secret in %s', (_place, path, body) => {
  it('is refused, and nothing goes upstream', async () => {
    const before = upstream();
    const response = await send('deny', path, body);
    expect(response.status).toBe(403);
    const answer = await response.text();
    expect(answer).toContain('guardrail_blocked');
    expect(answer).not.toContain(SECRET);
    expect(upstream()).toBe(before);
  });

  it('is cut out where the guardrail redacts', async () => {
    const before = upstream();
    const response = await send('redact', path, body);
    // The simulated provider does not have the old endpoint; what it received counts.
    expect(response.status).toBe(path === '/v1/completions' ? 404 : 200);
    expect(upstream()).toBe(before + 1);
    expect(lastReceived()).not.toContain(SECRET);
    expect(lastReceived()).toMatch(/my key is .+ ok/);
  });
});

const say = `say "${text}"`;
/** The simulated model says what it is told to, so the prompt must pass: the check of input is another agent's. */
const OUTPUTS: [place: string, path: string, body: object, stream: boolean][] = [
  ['chat', CHAT, { model: 'openai/x', messages: [{ role: 'user', content: say }] }, false],
  ['chat, streamed', CHAT, { model: 'openai/x', stream: true, messages: [{ role: 'user', content: say }] }, true],
  [
    'chat, streamed tool call',
    CHAT,
    { model: 'openai/x', stream: true, messages: [{ role: 'user', content: `call tool f with {"q":"${SECRET}"}` }] },
    true,
  ],
  ['responses', RESPONSES, { model: 'openai/x', input: say }, false],
  ['responses, streamed', RESPONSES, { model: 'openai/x', stream: true, input: say }, true],
  ['messages', MESSAGES, { model: 'anthropic/x', max_tokens: 99, messages: [{ role: 'user', content: say }] }, false],
  [
    'messages, streamed',
    MESSAGES,
    { model: 'anthropic/x', max_tokens: 99, stream: true, messages: [{ role: 'user', content: say }] },
    true,
  ],
  [
    'messages, streamed tool call',
    MESSAGES,
    {
      model: 'anthropic/x',
      max_tokens: 99,
      stream: true,
      messages: [{ role: 'user', content: `call tool f with {"q":"${SECRET}"}` }],
    },
    true,
  ],
  ['gemini', GEMINI, { contents: [{ role: 'user', parts: [{ text: say }] }] }, false],
  [
    'gemini, streamed',
    '/gemini/v1beta/models/gemini%2Fx:streamGenerateContent?alt=sse',
    { contents: [{ role: 'user', parts: [{ text: say }] }] },
    true,
  ],
  ['action: result', '/actions', { tool: 'shop.note', args: { text } }, false],
];

describe('a secret in the answer of', () => {
  let own: CorePlane;
  const outKeys: Record<string, string> = {};
  beforeAll(async () => {
    const output = (action: string) => guard(action).replace('input, output, arguments, result', 'output, result');
    own = await startCorePlane({
      fleet: `${agent('deny', 'tools: ["shop.*"]')}${agent('redact', 'tools: ["shop.*"]')}${output('deny')}${output('redact')}${apiTools(api.url)}`,
      environment: { SHOP_KEY },
    });
    for (const name of ['deny', 'redact']) outKeys[name] = await own.reeve.key(name);
  });
  afterAll(() => own[Symbol.asyncDispose]());

  const ask = async (as: string, path: string, body: object) => {
    const response = await fetch(new URL(path, own.reeve.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${outKeys[as]}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, answer: await response.text() };
  };

  it.each(OUTPUTS)('%s is withheld', async (_place, path, body, stream) => {
    const { status, answer } = await ask('deny', path, body);
    expect(status).toBe(stream ? 200 : 403);
    expect(answer).toContain('withheld');
    expect(answer.replaceAll(/[^A-Z0-9]/g, '')).not.toContain(SECRET);
  });

  it.each(OUTPUTS)('%s is cut out where the guardrail redacts', async (_place, path, body) => {
    const { status, answer } = await ask('redact', path, body);
    expect(status).toBe(200);
    expect(answer.replaceAll(/[^A-Z0-9]/g, '')).not.toContain(SECRET);
    expect(answer).not.toContain('withheld');
  });
});

it('an agent without guardrails is untouched, so that the table above is no accident', async () => {
  for (const [, path, body] of INPUTS.slice(0, 7)) {
    expect((await send('none', path, body)).status).toBe(200);
    expect(lastReceived()).toContain(SECRET);
  }
});

it('what a check found is on the record without the secret', async () => {
  await send('deny', CHAT, chat({ role: 'user', content: text }));
  const { items } = await plane.reeve.admin.call('actions.list', {
    query: { agent: 'deny', outcome: 'blocked', limit: 1 },
  });
  expect(items[0]?.findings).toContainEqual({
    by: 'guardrail',
    verdict: 'deny',
    code: 'guardrail_blocked',
    message: expect.stringContaining('messages[0].content'),
    rule: 'deny-secrets/secrets',
    score: null,
    releasedBy: null,
    evidence: [],
  });
  expect(JSON.stringify(items)).not.toContain(SECRET);
  const entries = await plane.reeve.admin.call('audit.entries', { query: { limit: 1000 } });
  expect(JSON.stringify(entries)).not.toContain(SECRET);
});
