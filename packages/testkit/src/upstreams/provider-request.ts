import { createHash } from 'node:crypto';

type ProviderEndpoint =
  | 'chat'
  | 'responses'
  | 'embeddings'
  | 'messages'
  | 'count_tokens'
  | 'generate'
  | 'countTokens'
  | 'embed'
  | 'batchEmbed';

/** What the simulated provider was asked. */
export interface Asked {
  /** Of the answer: agent frameworks take two messages of one id for the same message. */
  readonly id: string;
  readonly api: 'openai' | 'anthropic' | 'gemini';
  readonly endpoint: ProviderEndpoint;
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Whether usage is reported at all. */
  readonly usage: boolean;
  readonly inputTokens: number;
  /** A part of the input that the provider says it had cached. */
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly choices: number;
  /** What it will say, in pieces. */
  readonly words: readonly string[];
  readonly toolCall: { readonly name: string; readonly args: string } | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const OPENAI: Readonly<Record<string, ProviderEndpoint>> = {
  '/v1/chat/completions': 'chat',
  '/v1/responses': 'responses',
  '/v1/embeddings': 'embeddings',
};
const ANTHROPIC: Readonly<Record<string, ProviderEndpoint>> = {
  '/v1/messages': 'messages',
  '/v1/messages/count_tokens': 'count_tokens',
};
const GEMINI: Readonly<Record<string, ProviderEndpoint>> = {
  generateContent: 'generate',
  streamGenerateContent: 'generate',
  countTokens: 'countTokens',
  embedContent: 'embed',
  batchEmbedContents: 'batchEmbed',
};
const TOOL_CALL = /call tool ([A-Za-z0-9_.-]+) with (\{.*?\})(?:$|["\\\s.])/;
const CHARACTERS_PER_TOKEN = 4;
const CACHED_FROM_TOKENS = 1_000;
const ID_LENGTH = 16;

export function readAsked(path: string, text: string): Asked | undefined {
  const [pathname = ''] = path.split('?');
  const body = parseObject(text);
  const id = createHash('sha256').update(text).digest('hex').slice(0, ID_LENGTH);
  const gemini = /^\/v1beta\/models\/(.+):([A-Za-z]+)$/.exec(pathname);
  if (gemini !== null) {
    const endpoint = GEMINI[gemini[2] ?? ''];
    if (endpoint === undefined) return undefined;
    return asked('gemini', endpoint, body, {
      id,
      model: gemini[1] ?? '',
      stream: gemini[2] === 'streamGenerateContent',
    });
  }
  const facts = { id, model: String(body.model), stream: body.stream === true };
  const openai = OPENAI[pathname];
  if (openai !== undefined) return asked('openai', openai, body, facts);
  const anthropic = ANTHROPIC[pathname];
  return anthropic === undefined ? undefined : asked('anthropic', anthropic, body, facts);
}

function asked(
  api: Asked['api'],
  endpoint: ProviderEndpoint,
  body: Json,
  facts: Pick<Asked, 'id' | 'model' | 'stream'>,
): Asked {
  const prompt = lastText(body.messages ?? body.input ?? body.contents ?? '');
  const call = TOOL_CALL.exec(prompt);
  const inputTokens = Math.max(1, Math.ceil(JSON.stringify(body).length / CHARACTERS_PER_TOKEN));
  return {
    ...facts,
    api,
    endpoint,
    includeUsage: (body.stream_options as Json | undefined)?.include_usage === true,
    usage: facts.model !== 'sim-no-usage',
    inputTokens,
    cachedTokens: inputTokens >= CACHED_FROM_TOKENS ? Math.floor(inputTokens / 2) : 0,
    reasoningTokens: /reason|think/.test(facts.model) ? 32 : 0,
    choices: typeof body.n === 'number' ? body.n : 1,
    words: wordsFor(prompt, call !== null),
    toolCall: call === null ? undefined : { name: call[1] ?? '', args: (call[2] ?? '{}').replaceAll('\\"', '"') },
  };
}

function wordsFor(prompt: string, callsTool: boolean): string[] {
  if (callsTool) return [];
  const said = /say "([^"]*)"/.exec(prompt)?.[1] ?? `You said: ${prompt.slice(0, 200) || 'nothing'}`;
  return said.split(/(?<= )/);
}

/** The latest text of the conversation, wherever the API puts it. */
function lastText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    for (const element of value.toReversed()) {
      const text = lastText(element);
      if (text !== '') return text;
    }
    return '';
  }
  if (typeof value !== 'object' || value === null) return '';
  const object = value as Json;
  const said = object.content ?? object.parts ?? object.text;
  return lastText(said ?? object.output ?? object.functionResponse ?? object.response ?? object.result ?? '');
}

function parseObject(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}

export function outputTokens(asked: Asked): number {
  return asked.words.length + asked.reasoningTokens + (asked.toolCall === undefined ? 0 : 12);
}
