import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// A tool server with what the conformance scenarios expect, in plain JSON-RPC: `/legacy` speaks 2025-11-25, `/modern` 2026-07-28.

type Json = Record<string, unknown>;

type Ask = (method: string, params: Json) => Promise<Json>;

interface Call {
  readonly params: Json;
  readonly args: Json;
  readonly meta: Json;
  readonly tell: (message: Json) => void;
  readonly ask: Ask;
}

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const SILENCE = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';
const KEY = randomBytes(32);

const text = (value: string): Json => ({ content: [{ type: 'text', text: value }] });
const image = { type: 'image', data: PIXEL, mimeType: 'image/png' };
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

const form = (message: string, properties: Json, required: string[]): Json => ({
  method: 'elicitation/create',
  params: { mode: 'form', message, requestedSchema: { type: 'object', properties, required } },
});
const NAME_FORM = form('What is your name?', { name: { type: 'string' } }, ['name']);
const CONFIRM_FORM = form('Please confirm', { ok: { type: 'boolean' } }, ['ok']);
const COLOR_FORM = form('Which colour do you like?', { color: { type: 'string' } }, ['color']);

const TOOLS: Record<string, (call: Call) => Promise<Json> | Json> = {
  test_simple_text: () => text('This is a simple text response for testing.'),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: SILENCE, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  }),
  test_multiple_content_types: () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      image,
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ],
  }),
  test_error_handling: () => ({ ...text('This tool intentionally returns an error for testing'), isError: true }),
  test_tool_with_logging: async ({ tell }) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      tell({ method: 'notifications/message', params: { level: 'info', data } });
      await pause();
    }
    return text('Tool with logging executed successfully');
  },
  test_tool_with_progress: async ({ tell, meta }) => {
    for (const progress of [0, 50, 100]) {
      tell({ method: 'notifications/progress', params: { progressToken: meta.progressToken, progress, total: 100 } });
      await pause();
    }
    return text(String(meta.progressToken));
  },
  test_sampling: async ({ ask, args }) => {
    const answer = await ask('sampling/createMessage', {
      messages: [{ role: 'user', content: { type: 'text', text: args.prompt } }],
      maxTokens: 100,
    });
    return text(`LLM response: ${JSON.stringify(answer)}`);
  },
  test_elicitation: ({ ask, args }) =>
    asked(ask, String(args.message), { response: { type: 'string', description: "User's response" } }, ['response']),
  test_elicitation_sep1034_defaults: ({ ask }) =>
    asked(ask, 'Please review the defaults', {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    }),
  test_elicitation_sep1330_enums: ({ ask }) =>
    asked(ask, 'Please select', {
      untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
      titledSingle: { type: 'string', oneOf: titles('First Option', 'Second Option', 'Third Option') },
      legacyEnum: {
        type: 'string',
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: {
        type: 'array',
        minItems: 1,
        maxItems: 3,
        items: { type: 'string', enum: ['option1', 'option2', 'option3'] },
      },
      titledMulti: {
        type: 'array',
        minItems: 1,
        maxItems: 3,
        items: { anyOf: titles('First Choice', 'Second Choice', 'Third Choice') },
      },
    }),
  test_input_required_result_elicitation: ({ params }) => {
    const name = answered(params, 'user_name')?.name;
    return typeof name === 'string' ? text(`Hello, ${name}!`) : question({ user_name: NAME_FORM });
  },
  test_input_required_result_request_state: ({ params }) => {
    const ok = answered(params, 'confirm')?.ok;
    if (ok === undefined) return question({ confirm: CONFIRM_FORM }, signed({ step: 1 }));
    return opened(params) === undefined ? invalidState() : text('state-ok');
  },
  test_input_required_result_multi_round: ({ params }) => {
    const state = params.requestState === undefined ? undefined : opened(params);
    if (state?.step === 2) return text('All rounds done');
    if (state?.step === 1) return question({ step2: COLOR_FORM }, signed({ step: 2 }));
    return question({ step1: NAME_FORM }, signed({ step: 1 }));
  },
  test_input_required_result_tampered_state: ({ params }) => {
    if (params.requestState === undefined) return question({ confirm: CONFIRM_FORM }, signed({ step: 1 }));
    return opened(params) === undefined ? invalidState() : text('state-ok');
  },
  test_input_required_result_capabilities: ({ meta }) => {
    const declared = (meta['io.modelcontextprotocol/clientCapabilities'] ?? {}) as Json;
    return declared.elicitation === undefined ? text('nothing to ask with') : question({ user_name: NAME_FORM });
  },
  json_schema_2020_12_tool: ({ args }) => text(`called with ${JSON.stringify(args)}`),
  test_header_parameter: ({ args }) => text(`region ${String(args.region)}`),
  test_streaming_elicitation: ({ tell, meta, params }) => {
    tell({ method: 'notifications/progress', params: { progressToken: meta.progressToken, progress: 1 } });
    return answered(params, 'user_name') === undefined ? question({ user_name: NAME_FORM }) : text('thank you');
  },
  test_logging_tool: ({ tell, meta }) => {
    if (meta['io.modelcontextprotocol/logLevel'] !== undefined)
      tell({ method: 'notifications/message', params: { level: 'info', data: 'logged' } });
    return text('logged');
  },
};

const SCHEMAS: Record<string, Json> = {
  json_schema_2020_12_tool: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  },
  test_header_parameter: {
    type: 'object',
    properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
    required: ['region'],
  },
  test_sampling: { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] },
  test_elicitation: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
};

const RESOURCES: Record<string, Json> = {
  'test://static-text': {
    uri: 'test://static-text',
    mimeType: 'text/plain',
    text: 'This is the content of the static text resource.',
  },
  'test://static-binary': { uri: 'test://static-binary', mimeType: 'image/png', blob: PIXEL },
};

const PROMPTS: Record<string, { arguments?: Json[]; get: (args: Json, params: Json) => Json }> = {
  test_simple_prompt: { get: () => messages({ type: 'text', text: 'This is a simple prompt for testing.' }) },
  test_prompt_with_arguments: {
    arguments: ['arg1', 'arg2'].map((name) => ({ name, description: name, required: true })),
    get: ({ arg1, arg2 }) => messages({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
  },
  test_prompt_with_embedded_resource: {
    arguments: [{ name: 'resourceUri', description: 'what to embed', required: true }],
    get: ({ resourceUri }) =>
      messages(
        {
          type: 'resource',
          resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        },
        { type: 'text', text: 'Please process the embedded resource above.' },
      ),
  },
  test_prompt_with_image: { get: () => messages(image, { type: 'text', text: 'Please analyze the image above.' }) },
  test_input_required_result_prompt: {
    get: (_args, params) => {
      const context = answered(params, 'user_context');
      if (context === undefined)
        return question({ user_context: form('What is the context?', { context: { type: 'string' } }, ['context']) });
      return messages({ type: 'text', text: `Context: ${String(context.context)}` });
    },
  },
};

const METHODS: Record<string, (call: Call, method: string) => Promise<Json> | Json> = {
  ping: () => ({}),
  'logging/setLevel': () => ({}),
  'tools/list': () => ({
    tools: Object.keys(TOOLS).map((name) => ({
      name,
      description: name.replaceAll('_', ' '),
      inputSchema: SCHEMAS[name] ?? { type: 'object', properties: {} },
    })),
  }),
  'tools/call': (call) => (TOOLS[String(call.params.name)] ?? fail(-32602, 'no such tool'))(call),
  'resources/list': () => ({
    resources: Object.values(RESOURCES).map(({ uri, mimeType }) => ({
      uri,
      mimeType,
      name: String(uri),
      description: 'for testing',
    })),
  }),
  'resources/templates/list': () => ({
    resourceTemplates: [
      {
        uriTemplate: 'test://template/{id}/data',
        name: 'template',
        description: 'for testing',
        mimeType: 'application/json',
      },
    ],
  }),
  'resources/read': ({ params }) => ({ contents: [resource(String(params.uri))] }),
  'prompts/list': () => ({
    prompts: Object.entries(PROMPTS).map(([name, prompt]) => ({
      name,
      description: name,
      ...(prompt.arguments === undefined ? {} : { arguments: prompt.arguments }),
    })),
  }),
  'prompts/get': ({ params, args }) =>
    (PROMPTS[String(params.name)] ?? fail(-32602, 'no such prompt')).get(args, params),
  'completion/complete': () => ({ completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false } }),
};

const CAPABILITIES = { tools: { listChanged: true }, resources: {}, prompts: {}, logging: {}, completions: {} };
const INFO = { name: 'conformance-upstream', version: '1.0.0' };

/** Starts the server; `url` has no path. */
export async function startConformanceUpstream(): Promise<{ url: string } & AsyncDisposable> {
  const open = new Map<string, (answer: Json) => void>();
  const server = createServer((request, response) => {
    void answer(request, response, open).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  open: Map<string, (answer: Json) => void>,
): Promise<void> {
  if (request.method !== 'POST') return void response.writeHead(405).end();
  const modern = request.url === '/modern';
  const message = JSON.parse(await bodyOf(request)) as Json;
  if (message.method === undefined) {
    open.get(String(message.id))?.((message.result ?? { error: message.error }) as Json);
    return void response.writeHead(202).end();
  }
  if (message.id === undefined) return void response.writeHead(202).end();
  const stream = new Reply(response, message.id);
  const params = (message.params ?? {}) as Json;
  const method = String(message.method);
  try {
    stream.finish(await resultOf({ modern, method, params, stream, open }));
  } catch (error) {
    const { code, message: said, status, data } = error as Failure;
    stream.fail({ code: code ?? -32603, message: said, ...(data === undefined ? {} : { data }) }, status);
  }
}

async function resultOf(of: {
  modern: boolean;
  method: string;
  params: Json;
  stream: Reply;
  open: Map<string, (answer: Json) => void>;
}): Promise<Json> {
  const { modern, method, params, stream, open } = of;
  if (modern && method === 'server/discover')
    return {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: CAPABILITIES,
      ttlMs: 60_000,
      cacheScope: 'public',
    };
  if (!modern && method === 'initialize')
    return { protocolVersion: '2025-11-25', capabilities: CAPABILITIES, serverInfo: INFO };
  const run = METHODS[method];
  if (run === undefined) fail(-32601, 'no such method', modern ? 404 : 200);
  let asks = 0;
  const ask: Ask = (asked, about) =>
    new Promise((resolve) => {
      const id = `${randomBytes(4).toString('hex')}-${asks++}`;
      open.set(id, resolve);
      stream.tell({ id, method: asked, params: about });
    });
  const result = await (run as NonNullable<typeof run>)(
    {
      params,
      args: (params.arguments ?? {}) as Json,
      meta: (params._meta ?? {}) as Json,
      tell: (told) => stream.tell(told),
      ask,
    },
    method,
  );
  return modern ? { resultType: 'complete', ttlMs: 60_000, cacheScope: 'public', ...result } : result;
}

interface Failure {
  readonly code?: number;
  readonly message: string;
  readonly status?: number;
  readonly data?: Json;
}

class Reply {
  readonly #response: ServerResponse;
  readonly #id: unknown;
  #streaming = false;

  constructor(response: ServerResponse, id: unknown) {
    this.#response = response;
    this.#id = id;
  }

  tell(message: Json): void {
    if (!this.#streaming) this.#response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.#streaming = true;
    this.#response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
  }

  finish(result: Json): void {
    this.#end({ id: this.#id, result }, 200);
  }

  fail(error: Json, status = 200): void {
    this.#end({ id: this.#id, error }, status);
  }

  #end(message: Json, status: number): void {
    if (this.#streaming) {
      this.tell(message);
      this.#response.end();
    } else
      this.#response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }
}

async function asked(ask: Ask, message: string, properties: Json, required: string[] = []): Promise<Json> {
  const { action, content } = await ask('elicitation/create', {
    message,
    requestedSchema: { type: 'object', properties, required },
  });
  return text(`Elicitation completed: action=${String(action)}, content=${JSON.stringify(content ?? {})}`);
}

function question(inputRequests: Json, requestState?: string): Json {
  return { resultType: 'input_required', inputRequests, ...(requestState === undefined ? {} : { requestState }) };
}

function answered(params: Json, key: string): Json | undefined {
  const response = ((params.inputResponses ?? {}) as Record<string, Json | undefined>)[key];
  return response?.action === 'accept' ? (response.content as Json) : undefined;
}

function signed(state: Json): string {
  const body = Buffer.from(JSON.stringify(state)).toString('base64url');
  return `${body}.${createHmac('sha256', KEY).update(body).digest('base64url')}`;
}

function opened(params: Json): Json | undefined {
  const [body = '', mac] = String(params.requestState).split('.');
  if (createHmac('sha256', KEY).update(body).digest('base64url') !== mac) return undefined;
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as Json;
}

function invalidState(): never {
  return fail(-32602, 'requestState is not ours');
}

function titles(...names: string[]): Json[] {
  return names.map((title, index) => ({ const: `value${index + 1}`, title }));
}

function messages(...contents: Json[]): Json {
  return { messages: contents.map((content) => ({ role: 'user', content })) };
}

function resource(uri: string): Json {
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id !== undefined)
    return {
      uri,
      mimeType: 'application/json',
      text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
    };
  return RESOURCES[uri] ?? fail(-32602, `Resource not found: ${uri}`, 200, { uri });
}

function fail(code: number, message: string, status = 200, data?: Json): never {
  throw Object.assign(new Error(message), { code, status, data });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
