import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import OpenAI from 'openai';

type Args = Readonly<Record<string, unknown>>;

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly args: Args;
}

/** One conversation over an official SDK that is told nothing of runs. */
export interface Conversation {
  /** What a person says; answers with the calls the model wants. */
  say(text: string): Promise<readonly Call[]>;
  answer(call: Call, text: string): Promise<readonly Call[]>;
}

const TOOLS = [
  { name: 'web_fetch', properties: { url: { type: 'string' } } },
  { name: 'mail_send', properties: { to: { type: 'string' }, body: { type: 'string' } } },
] as const;

type Open = (url: string, key: string) => Conversation;

export const SDKS: Readonly<Record<'chat' | 'stream' | 'responses' | 'claude' | 'gemini', Open>> = {
  chat: (url, key) => chat(url, key, false),
  stream: (url, key) => chat(url, key, true),
  responses,
  claude,
  gemini,
};

function chat(url: string, key: string, stream: boolean): Conversation {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1` });
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'system', content: 'You help with mail.' }];
  const tools = TOOLS.map(({ name, properties }) => ({
    type: 'function' as const,
    function: { name, parameters: { type: 'object', properties } },
  }));
  const ask = async (message: OpenAI.ChatCompletionMessageParam): Promise<readonly Call[]> => {
    messages.push(message);
    const body = { model: 'gpt-x', messages, tools };
    const reply = stream
      ? await client.chat.completions.stream(body).finalMessage()
      : (await client.chat.completions.create(body)).choices[0]?.message;
    if (reply === undefined) throw new Error('no reply');
    messages.push(reply);
    return (reply.tool_calls ?? []).flatMap((call) =>
      call.type === 'function'
        ? [{ id: call.id, name: call.function.name, args: JSON.parse(call.function.arguments) as Args }]
        : [],
    );
  };
  return {
    say: (content) => ask({ role: 'user', content }),
    answer: ({ id }, content) => ask({ role: 'tool', tool_call_id: id, content }),
  };
}

function responses(url: string, key: string): Conversation {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1` });
  const input: OpenAI.Responses.ResponseInput = [];
  const tools = TOOLS.map(({ name, properties }) => ({
    type: 'function' as const,
    name,
    parameters: { type: 'object', properties },
    strict: false,
  }));
  const ask = async (item: OpenAI.Responses.ResponseInputItem): Promise<readonly Call[]> => {
    input.push(item);
    const { output } = await client.responses.create({ model: 'gpt-x', input, tools, instructions: 'You help.' });
    input.push(...(output as OpenAI.Responses.ResponseInput));
    return output.flatMap((call) =>
      call.type === 'function_call'
        ? [{ id: call.call_id, name: call.name, args: JSON.parse(call.arguments) as Args }]
        : [],
    );
  };
  return {
    say: (content) => ask({ role: 'user', content }),
    answer: ({ id }, output) => ask({ type: 'function_call_output', call_id: id, output }),
  };
}

function claude(url: string, key: string): Conversation {
  const client = new Anthropic({ apiKey: key, baseURL: `${url}/anthropic` });
  const messages: Anthropic.MessageParam[] = [];
  const tools = TOOLS.map(({ name, properties }) => ({
    name,
    input_schema: { type: 'object' as const, properties },
  }));
  const ask = async (content: Anthropic.MessageParam['content']): Promise<readonly Call[]> => {
    messages.push({ role: 'user', content });
    const reply = await client.messages
      .stream({ model: 'claude-x', max_tokens: 100, system: 'You help.', messages, tools })
      .finalMessage();
    messages.push({ role: 'assistant', content: reply.content });
    return reply.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, args: block.input as Args }] : [],
    );
  };
  return {
    say: ask,
    answer: ({ id }, content) => ask([{ type: 'tool_result', tool_use_id: id, content }]),
  };
}

function gemini(url: string, key: string): Conversation {
  const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: `${url}/gemini` } });
  const functionDeclarations = TOOLS.map(({ name, properties }) => ({
    name,
    parametersJsonSchema: { type: 'object', properties },
  }));
  const config = { systemInstruction: 'You help.', tools: [{ functionDeclarations }] };
  const conversation = client.chats.create({ model: 'gemini-x', config });
  const ask = async (message: Parameters<typeof conversation.sendMessage>[0]['message']): Promise<readonly Call[]> => {
    const reply = await conversation.sendMessage({ message });
    return (reply.functionCalls ?? []).map(({ id = '', name = '', args = {} }) => ({ id, name, args }));
  };
  return {
    say: ask,
    answer: ({ name }, output) => ask([{ functionResponse: { name, response: { output } } }]),
  };
}

const MAX_STEPS = 10;

/** An agent's loop as its author would write it: every call that the model wants is made, and its answer goes back. */
export async function act(conversation: Conversation, tools: Client, task: string): Promise<readonly ToolAnswer[]> {
  const answers: ToolAnswer[] = [];
  let calls = await conversation.say(task);
  for (let step = 0; step < MAX_STEPS && calls[0] !== undefined; step++) {
    const answer = await callTool(tools, calls[0]);
    answers.push(answer);
    calls = await conversation.answer(calls[0], answer.text);
  }
  return answers;
}

export interface ToolAnswer {
  readonly name: string;
  readonly isError: boolean;
  readonly text: string;
}

/** Model APIs take no dots in names, so agents put underscores. */
export async function callTool(tools: Client, { name, args }: Pick<Call, 'name' | 'args'>): Promise<ToolAnswer> {
  const result = await tools.callTool({ name: name.replace('_', '.'), arguments: { ...args } });
  const text = (result.content as { text?: string }[]).map((part) => part.text ?? '').join('\n');
  return { name, isError: result.isError === true, text };
}
