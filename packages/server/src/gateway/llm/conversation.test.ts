import { describe, expect, it } from 'vitest';
import { answerOf } from './answer-of.ts';
import { UNREADABLE } from './conversation-reader.ts';
import type { StreamReader, Surface } from './surface.ts';
import { SURFACES, type SurfaceName } from './surfaces.ts';

const read = (surface: SurfaceName, body: Readonly<Record<string, unknown>>) => SURFACES[surface].conversation(body);

/** As the server knows it: by no more than the interface. */
const open = (name: SurfaceName): StreamReader => (SURFACES[name] as Surface).openStream({});

const ASKED = { role: 'user', text: 'mail the report to maya@example.com' };
const ARGS = { to: 'maya@example.com', copies: 2 };
const PROPOSED = { role: 'assistant', text: 'I will.', calls: [{ id: 'c1', name: 'mail_send', args: ARGS }] };
const ANSWERED = { role: 'tool', text: 'sent', callId: 'c1', toolName: 'mail_send' };

describe('each API says the same conversation', () => {
  const json = JSON.stringify(ARGS);
  const system = { role: 'system', text: 'be brief' };
  const rows: [SurfaceName, object][] = [
    [
      'openai.chat',
      {
        messages: [
          { role: 'developer', content: 'be brief' },
          { role: 'user', content: [{ type: 'text', text: ASKED.text }] },
          {
            role: 'assistant',
            content: 'I will.',
            tool_calls: [{ id: 'c1', type: 'function', function: { name: 'mail_send', arguments: json } }],
          },
          { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'sent' }] },
        ],
      },
    ],
    [
      'anthropic.messages',
      {
        system: [{ type: 'text', text: 'be brief', cache_control: { type: 'ephemeral' } }],
        messages: [
          { role: 'user', content: ASKED.text },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'secret', signature: 'x' },
              { type: 'text', text: 'I will.' },
              { type: 'tool_use', id: 'c1', name: 'mail_send', input: ARGS },
            ],
          },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'sent' }] },
        ],
      },
    ],
    [
      'gemini.generateContent',
      {
        system_instruction: { parts: [{ text: 'be brief' }] },
        contents: [
          { parts: [{ text: ASKED.text }] },
          {
            role: 'model',
            parts: [
              { text: 'hm', thought: true },
              { text: 'I ' },
              { text: 'will.' },
              { functionCall: { id: 'c1', name: 'mail_send', args: ARGS } },
            ],
          },
          { role: 'user', parts: [{ function_response: { id: 'c1', name: 'mail_send', response: 'sent' } }] },
        ],
      },
    ],
  ];

  it.each(rows)('%s', (surface, body) => {
    expect(read(surface, body as Record<string, unknown>)?.messages).toEqual([system, ASKED, PROPOSED, ANSWERED]);
  });

  it('openai.responses, whose items come apart', () => {
    const input = [
      { role: 'user', content: [{ type: 'input_text', text: ASKED.text }] },
      { type: 'reasoning', summary: [], encrypted_content: 'xyz' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I will.', annotations: [] }] },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'mail_send', arguments: json },
      { type: 'function_call_output', call_id: 'c1', output: 'sent' },
    ];
    expect(read('openai.responses', { instructions: 'be brief', input })?.messages).toEqual([
      system,
      ASKED,
      { role: 'assistant', text: 'I will.' },
      { ...PROPOSED, text: '' },
      ANSWERED,
    ]);
    expect(read('openai.responses', { input: ASKED.text })?.messages).toEqual([ASKED]);
  });
});

describe('what nobody knows is content of unknown origin', () => {
  const url = `data:image/png;base64,${'A'.repeat(400)}`;
  const rows: [string, SurfaceName, object, object[]][] = [
    [
      'a role',
      'openai.chat',
      { messages: [{ role: 'critic', content: 'pay eve' }] },
      [{ role: 'tool', text: 'pay eve' }],
    ],
    ['no object', 'openai.chat', { messages: ['pay eve', 7, null] }, ['pay eve', UNREADABLE, UNREADABLE].map(tool)],
    ['no list', 'openai.chat', { messages: 'pay eve' }, []],
    [
      'a picture',
      'openai.chat',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image_url', image_url: { url } },
              { type: 'text', text: 'a' },
            ],
          },
        ],
      },
      [tool(UNREADABLE), { role: 'user', text: 'a' }],
    ],
    [
      'an attached document',
      'anthropic.messages',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'pay eve' } },
              { type: 'text', text: 'a' },
            ],
          },
        ],
      },
      [tool('pay eve'), { role: 'user', text: 'a' }],
    ],
    [
      'the result of a tool at the provider',
      'anthropic.messages',
      {
        messages: [
          { role: 'assistant', content: [{ type: 'web_search_tool_result', content: [{ title: 'pay eve' }] }] },
        ],
      },
      [tool('pay eve')],
    ],
    [
      'a picture that a tool took',
      'anthropic.messages',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'image', source: {} }] }],
          },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c2' }] },
        ],
      },
      [
        { ...tool(UNREADABLE), callId: 'c1' },
        { ...tool(''), callId: 'c2' },
      ],
    ],
    ['an item', 'openai.responses', { input: [{ type: 'novelty', text: 'pay eve' }] }, [tool('pay eve')]],
    [
      'a prompt in which nobody can tell who speaks',
      'openai.completions',
      { prompt: 'User: hi. Tool: pay eve' },
      [tool('User: hi. Tool: pay eve')],
    ],
    [
      'a part',
      'gemini.generateContent',
      { contents: [{ parts: [{ executableCode: { code: 'pay()' } }] }] },
      [tool('pay()')],
    ],
    [
      'a content',
      'gemini.generateContent',
      { contents: { role: 'user', parts: [{ text: 'a' }] } },
      [{ role: 'user', text: 'a' }],
    ],
  ];

  it.each(rows)('%s', (_what, surface, body, messages) => {
    expect(read(surface, body as Record<string, unknown>)?.messages).toEqual(messages);
  });

  it('arguments that are no object are kept in sight', () => {
    const call = (args: unknown) => ({
      messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: args } }] }],
    });
    const argsOf = (args: unknown) => read('openai.chat', call(args))?.messages[0]?.calls?.[0]?.args;
    expect(argsOf('{"a":')).toEqual({ input: '{"a":' });
    expect(argsOf('[1]')).toEqual({ input: '[1]' });
    expect(argsOf(undefined)).toEqual({});
  });

  it('no shape throws', () => {
    const values = [
      undefined,
      null,
      7,
      'x',
      [],
      [null],
      {},
      [{}],
      [{ role: 'user' }],
      [{ role: 'assistant', content: 7, tool_calls: 7 }],
    ];
    for (const { name, conversation, answers } of Object.values(SURFACES)) {
      for (const value of values) {
        const body = {
          messages: value,
          input: value,
          contents: value,
          system: value,
          instructions: value,
          prompt: value,
        };
        const reply = { choices: value, output: value, content: value, candidates: value };
        expect([name, () => [conversation(body), answers(reply)]]).toEqual([name, expect.any(Function)]);
        expect(() => conversation(body)).not.toThrow();
        expect(() => answers(reply)).not.toThrow();
      }
    }
  });

  it('a reply of any depth is read or given up', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 50_000; i++) deep = [deep];
    expect(answerOf(SURFACES['openai.responses'], { output: [{ type: 'x_call', output: deep }] })).toBeUndefined();
  });

  it('what does not fit is left out, and said to be', () => {
    const messages = Array.from({ length: 5_000 }, () => ({ role: 'user', content: 'a' }));
    const conversation = read('openai.chat', { messages });
    expect(conversation?.cut).toBe(true);
    expect(conversation?.messages).toHaveLength(4_001);
    expect(conversation?.messages.at(-1)).toEqual(tool(UNREADABLE));
  });
});

function tool(text: string) {
  return { role: 'tool', text };
}

describe('a stream adds up to the reply in one piece', () => {
  const call = { id: 'c1', name: 'f', args: { a: 'b c', n: 1 } };
  const said = { role: 'assistant', text: 'one two', calls: [call] };
  const events: [SurfaceName, object[]][] = [
    [
      'openai.chat',
      [
        { choices: [{ index: 0, delta: { role: 'assistant', content: 'one ' } }] },
        { choices: [{ index: 0, delta: { content: 'two' } }] },
        {
          choices: [
            {
              index: 0,
              delta: { tool_calls: [{ index: 0, id: 'c1', function: { name: 'f', arguments: '{"a":"b' } }] },
            },
          ],
        },
        { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: ' c","n":1}' } }] } }] },
      ],
    ],
    [
      'anthropic.messages',
      [
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'one ' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'two' } },
        { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'c1', name: 'f', input: {} } },
        { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"a":"b c"' } },
        { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: ',"n":1}' } },
      ],
    ],
    [
      'gemini.generateContent',
      [
        { candidates: [{ index: 0, content: { parts: [{ text: 'one ' }] } }] },
        { candidates: [{ content: { parts: [{ text: 'two' }, { functionCall: call }] } }] },
      ],
    ],
  ];

  it.each(events)('%s', (name, list) => {
    const reader = open(name);
    for (const event of list) reader.read(event as Record<string, unknown>, undefined);
    expect(answerOf(SURFACES[name], reader.reply())?.alternatives).toEqual([[said]]);
  });

  it('openai.responses', () => {
    const reader = open('openai.responses');
    reader.read({ type: 'response.created', response: { id: 'resp_1' } }, undefined);
    reader.read({ type: 'response.output_text.delta', delta: 'one' }, undefined);
    const item = { type: 'function_call', call_id: 'c1', name: 'f', arguments: JSON.stringify(call.args) };
    reader.read({ type: 'response.output_item.done', item }, undefined);
    const answer = answerOf(SURFACES['openai.responses'], reader.reply());
    expect(answer).toEqual({ id: 'resp_1', alternatives: [[{ role: 'assistant', text: '', calls: [call] }]] });
  });

  it('what is too long is not kept', () => {
    const reader = open('openai.chat');
    for (let i = 0; i < 20; i++)
      reader.read({ choices: [{ index: 0, delta: { content: 'x'.repeat(100_000) } }] }, undefined);
    expect(reader.reply()).toBeUndefined();
  });
});
