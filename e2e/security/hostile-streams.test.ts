import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { events, type HostileUpstream, startHostileUpstream, written } from './hostile-upstream.ts';

// A provider that writes its events so that a client reads in them what Reeve does not.

const SECRET = ['AKI', 'A3QJ7TTRW5VNXMZKL'].join('');

let upstream: HostileUpstream;
let reeve: Reeve;
const keys: Record<string, string> = {};

const agent = (name: string) => `---
{ kind: Agent, name: ${name}, owner: maya@example.com, purpose: Test, models: ["*"] }
---
kind: Guardrails
name: ${name}-secrets
agents: [${name}]
checks: [{ check: secrets, on: [output], action: ${name} }]
`;

beforeAll(async () => {
  upstream = await startHostileUpstream();
  const providers = `openai: { baseUrl: "${upstream.url}/v1" }, anthropic: { baseUrl: "${upstream.url}" }`;
  const fleet = `kind: Workspace\nname: default\nproviders: { ${providers} }\n${agent('deny')}${agent('redact')}${agent('none').split('---\nkind: G')[0]}`;
  reeve = await startReeve({ fleet: { 'fleet.yaml': fleet } });
  for (const name of ['deny', 'redact', 'none']) keys[name] = await reeve.key(name);
});
afterAll(async () => {
  await reeve?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
});

const hello = [{ role: 'user', content: 'hello' }];
const CHAT = ['/v1/chat/completions', { model: 'openai/x', stream: true, messages: hello }] as const;
const COMPLETIONS = ['/v1/completions', { model: 'openai/x', stream: true, prompt: 'hello' }] as const;
const RESPONSES = ['/v1/responses', { model: 'openai/x', stream: true, input: 'hello' }] as const;
const MESSAGES = [
  '/anthropic/v1/messages',
  { model: 'anthropic/x', max_tokens: 9, stream: true, messages: hello },
] as const;

const chunk = (delta: string) => `{"choices":[{"index":0,"delta":${delta}}]}`;
const said = chunk(`{"content":"${SECRET}"}`);
const END = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

let asked = 0;

/** Each time another model, since what fails too often is left alone for a while. */
const ask = async (as: string, path: string, request: { readonly model: string; readonly stream?: boolean }) => {
  const body = { ...request, model: `${request.model}${++asked}` };
  const response = await fetch(new URL(path, reeve.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${keys[as]}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.text();
};

describe.each([
  ['a byte order mark', CHAT, `\ufeffdata: ${said}\n\n${END}`],
  ['a lone carriage return', CHAT, `: x\rdata: ${said}\n\n${END}`],
  ['a lone carriage return after data', CHAT, `data: {"choices":[]}\rdata: ${said}\r\r\n\n${END}`],
  ['what some parsers take for JSON', CHAT, `data: {"x":NaN,${said.slice(1)}\n\n${END}`],
  ['no JSON at all', CHAT, `data: ${SECRET}\n\n${END}`],
  ['a field nobody knows', CHAT, `note: ${SECRET}\n\n${END}`],
  ['text beside a delta', COMPLETIONS, `data: {"choices":[{"index":0,"delta":{},"text":"${SECRET}"}]}\n\n${END}`],
  ['a whole message', CHAT, `data: {"choices":[{"index":0,"message":{"content":"${SECRET}"}}]}\n\n${END}`],
  [
    'the message that a stream starts with',
    MESSAGES,
    `event: message_start\ndata: {"type":"message_start","message":{"content":[{"type":"text","text":"${SECRET}"}]}}\n\n` +
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  ],
  [
    'an annotation',
    RESPONSES,
    `data: {"type":"response.output_text.annotation.added","annotation":{"title":"${SECRET}"}}\n\n` +
      'data: {"type":"response.completed","response":{"output":[]}}\n\n',
  ],
  [
    'a name that is there twice',
    CHAT,
    `data: ${chunk(`{"content":"${SECRET}","content":"${SECRET}!"}`).replace(`"${SECRET}"`, '"x"')}\n\n${END}`,
  ],
])('a secret in %s', (_what, [path, body], stream) => {
  test.each(['deny', 'redact'])('does not pass: %s', async (as) => {
    upstream.answer = events(stream);
    expect(await ask(as, path, body)).not.toContain(SECRET);
  });

  test('is what the caller would have got', async () => {
    upstream.answer = events(stream);
    expect(await ask('none', path, body)).toContain(SECRET);
  });
});

test('an answer whose text is there twice is redacted where parsers look', async () => {
  const body = `{"choices":[{"index":0,"message":{"content":"x","content":"${SECRET}"}}]}`;
  upstream.answer = written('application/json', body);
  expect(await ask('redact', CHAT[0], { ...CHAT[1], stream: false })).not.toContain(SECRET);
});

test('comments, ids and both line ends still pass', async () => {
  const crlf = `id: 1\r\nevent: x\r\nretry: 5\r\ndata: ${chunk('{"content":"fine"}')}\r\n\r\n`;
  upstream.answer = events(`: keep alive\n\n${crlf}${END}`);
  expect(await ask('deny', ...CHAT)).toContain('fine');
});
