import { type CallFinding, ReeveDenied, ReeveHeld, type ReeveRefusal, ReeveUnreachable } from './refusals.ts';

export interface ReeveOptions {
  /** Base URL of the server, e.g. `http://127.0.0.1:7373`. */
  readonly url: string;
  /** The key of an agent: `reeve keys create --agent NAME`. */
  readonly key: string;
  /** The run that calls belong to, where several runs share one client: asked for each call. */
  readonly run?: string | (() => string | undefined);
  /** Attribution of costs and records. */
  readonly tags?: { readonly feature?: string; readonly user?: string; readonly session?: string };
  readonly fetch?: typeof fetch;
  /** For one answer, waiting for people aside, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface ActionRequest {
  readonly tool: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Besides the usual time. */
  readonly extraMs?: number;
  /** Of what is reported: the function ran already. */
  readonly ran?: boolean;
}

const TIMEOUT_MS = 30_000;
/** A server that answers with more is none of ours. */
const MAX_ANSWER_LENGTH = 16 * 1024 * 1024;

/** Sends to the data plane what an agent asks and reports. Whatever is not a clear answer is an error. */
export class ActionClient {
  readonly #options: ReeveOptions;

  constructor(options: ReeveOptions) {
    this.#options = options;
  }

  /** Throws what `signal` aborts with, or a ReeveRefusal. */
  async post(request: ActionRequest): Promise<Readonly<Record<string, unknown>>> {
    const { tool, ran = false } = request;
    request.signal?.throwIfAborted();
    let response: Response;
    let text: string;
    try {
      response = await this.#send(request);
      text = await response.text();
    } catch (error) {
      request.signal?.throwIfAborted();
      throw new ReeveUnreachable({ tool, code: 'unreachable', message: unreachable(tool, ran), ran }, error);
    }
    const body = text.length > MAX_ANSWER_LENGTH ? undefined : objectOf(text);
    if (response.ok && body !== undefined) return body;
    throw refusalOf(request, response, body);
  }

  #send({ path, body, headers, signal, extraMs = 0 }: ActionRequest): Promise<Response> {
    const { url, key, timeoutMs = TIMEOUT_MS } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs + extraMs);
    return (this.#options.fetch ?? fetch)(new URL(path, url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...this.#attribution(),
        ...headers,
      },
      body: JSON.stringify(body),
      // The key is for this address alone.
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
  }

  #attribution(): Record<string, string> {
    const { run, tags = {} } = this.#options;
    const named = { ...tags, run: typeof run === 'function' ? run() : run };
    return Object.fromEntries(
      Object.entries(named).flatMap(([tag, value]) => (value === undefined ? [] : [[`x-reeve-${tag}`, value]])),
    );
  }
}

function unreachable(tool: string, ran: boolean): string {
  return ran
    ? `${tool} ran, but Reeve could not be told how it ended; do not simply repeat it`
    : `${tool} was not run: Reeve could not be asked`;
}

function refusalOf(
  { tool, ran = false }: ActionRequest,
  response: Response,
  body: Readonly<Record<string, unknown>> | undefined,
): ReeveRefusal {
  const error = body?.error as Partial<WireError> | undefined;
  if (typeof error?.code !== 'string' || typeof error.message !== 'string') {
    const message = `${unreachable(tool, ran)}: it answered HTTP ${response.status} without a reason`;
    return new ReeveUnreachable({ tool, code: 'unreachable', message, ran });
  }
  const { code, message, next, approval } = error;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const facts = {
    ...{ tool, code, message, next, ran },
    action: error.action ?? undefined,
    run: error.run ?? undefined,
    findings: error.findings,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
  if (code === 'approval_required' && approval !== undefined) return new ReeveHeld(facts, approval);
  return new ReeveDenied(facts);
}

interface WireError {
  readonly code: string;
  readonly message: string;
  readonly next?: string;
  readonly action?: string | null;
  readonly run?: string | null;
  readonly findings?: readonly CallFinding[];
  readonly approval?: { readonly id: string; readonly url: string };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
