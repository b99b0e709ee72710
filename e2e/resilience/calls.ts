/** One call as a client sees it: what it was told, and whether the reply was received whole. */
export interface Called {
  readonly status: number;
  readonly body: string;
  readonly action: string | undefined;
  readonly decision: string | undefined;
  readonly costUsd: number;
}

interface Caller {
  readonly url: string;
  readonly key: string;
  readonly signal?: AbortSignal;
}

export function chat(
  caller: Caller,
  options: { model?: string; stream?: boolean; say?: string } = {},
): Promise<Called> {
  const { model = 'openai/gpt-x', stream = false, say = 'one two three' } = options;
  return post(caller, '/v1/chat/completions', {
    model,
    stream,
    messages: [{ role: 'user', content: `say "${say}"` }],
    max_tokens: 16,
  });
}

export function callTool(
  caller: Caller,
  tool: string,
  args: Readonly<Record<string, unknown>> = {},
  idempotencyKey?: string,
): Promise<Called> {
  return post(caller, '/actions', { tool, args }, idempotencyKey);
}

export async function post(
  caller: Caller,
  path: string,
  body: unknown,
  idempotencyKey?: string,
  run?: string,
): Promise<Called> {
  const response = await fetch(caller.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${caller.key}`,
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      ...(run === undefined ? {} : { 'x-reeve-run': run }),
    },
    body: JSON.stringify(body),
    ...(caller.signal === undefined ? {} : { signal: caller.signal }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text,
    action: response.headers.get('x-reeve-action') ?? undefined,
    decision: response.headers.get('x-reeve-decision') ?? undefined,
    costUsd: Number(response.headers.get('x-reeve-cost-usd') ?? 0),
  };
}

/** The code of a refusal in the shape of `/actions` and of the OpenAI API. */
export function codeOf(called: Called): string | undefined {
  try {
    return (JSON.parse(called.body) as { error?: { code?: string } }).error?.code;
  } catch {
    return undefined;
  }
}
