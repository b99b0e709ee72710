import { type ModelProvider, type Reeve, simulatedWorkspace, startModelProvider, startReeve } from '@reeve/testkit';

export const UPSTREAM_KEY = 'upstream-key-that-no-agent-knows';

export interface PlaneOptions {
  /** Objects besides the workspace, its providers and their secret: YAML documents. */
  readonly fleet: string;
  readonly policies?: string;
  /** Lines of the Workspace object. */
  readonly workspace?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
  readonly data?: string;
  /** A provider that outlives the server; without one, a new one is started and ended. */
  readonly provider?: ModelProvider;
}

export interface CorePlane extends AsyncDisposable {
  readonly reeve: Reeve;
  readonly provider: ModelProvider;
  /** The files that are in force. */
  readonly files: Readonly<Record<string, string>>;
  chat(key: string, ask?: ChatOptions): Promise<Response>;
}

export interface ChatOptions {
  readonly model?: string;
  readonly prompt?: string;
  readonly stream?: boolean;
  readonly maxTokens?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A real server before a simulated provider. A word costs $1,000 a million in output, nothing in input: three words are $0.003. */
export async function startCorePlane(options: PlaneOptions): Promise<CorePlane> {
  const provider = options.provider ?? (await startModelProvider({ apiKey: UPSTREAM_KEY }));
  const files = filesOf(options, provider.url);
  const { data, flags = {} } = options;
  const environment = { UPSTREAM_KEY, ...options.environment };
  const reeve = await startReeve({ fleet: files, environment, flags, ...(data === undefined ? {} : { data }) });
  return {
    reeve,
    provider,
    files,
    chat: (key, ask = {}) => chat(reeve.url, key, ask),
    async [Symbol.asyncDispose]() {
      await reeve[Symbol.asyncDispose]();
      if (options.provider === undefined) await provider.close();
    },
  };
}

export function filesOf(
  { fleet, policies, workspace = '' }: Pick<PlaneOptions, 'fleet' | 'policies' | 'workspace'>,
  url: string,
): Record<string, string> {
  return {
    'workspace.yaml': simulatedWorkspace({
      url,
      keyFrom: 'UPSTREAM_KEY',
      price: { input: 0, output: 1000 },
      more: workspace,
    }),
    'fleet.yaml': fleet,
    ...(policies === undefined ? {} : { 'policies/own.cedar': policies }),
  };
}

export function agent(name: string, more = ''): string {
  return `---
kind: Agent
name: ${name}
owner: maya@example.com
purpose: Takes part in a test
models: ["*"]
${more}
`;
}

function chat(url: string, key: string, ask: ChatOptions): Promise<Response> {
  const { model = 'openai/gpt-x', prompt = 'say "one two three"', stream = false, maxTokens, headers, signal } = ask;
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model,
      stream,
      messages: [{ role: 'user', content: prompt }],
      ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    }),
    ...(signal === undefined ? {} : { signal }),
  });
}

export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

/** Status, and the code where it is a refusal. */
export async function statusAndCode(response: Response): Promise<[number, string | undefined]> {
  const text = await response.text();
  if (response.ok) return [response.status, undefined];
  return [response.status, (JSON.parse(text) as ErrorBody).error.code];
}

/** At once as far as one process can: all are sent before the first is answered. */
export function concurrently<T>(callers: number, work: (caller: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: callers }, (_, caller) => work(caller)));
}
