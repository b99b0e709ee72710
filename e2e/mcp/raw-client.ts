import type { Args } from './tool-world.ts';

/** One JSON-RPC answer with its HTTP response. */
export interface RpcAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly result?: ToolResult;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface ToolResult extends Args {
  readonly content?: readonly { readonly type: string; readonly text?: string }[];
  readonly isError?: boolean;
  readonly structuredContent?: unknown;
  readonly tools?: readonly { readonly name: string; readonly description?: string }[];
  readonly _meta?: Readonly<Record<string, { readonly code?: string; readonly id?: string }>>;
}

export interface Door {
  readonly url: string;
  readonly key: string;
}

/** A request as a client without a session sends it. */
export async function rpc(
  { url, key }: Door,
  path: string,
  method: string,
  params: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<RpcAnswer> {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const body = (await response.json()) as Pick<RpcAnswer, 'result' | 'error'>;
  return { status: response.status, headers: response.headers, ...body };
}

export function callTool(
  door: Door,
  path: string,
  name: string,
  args: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<RpcAnswer> {
  return rpc(door, path, 'tools/call', { name, arguments: args }, headers);
}

export async function toolNames(door: Door, path: string): Promise<string[]> {
  const { result } = await rpc(door, path, 'tools/list', {});
  return (result?.tools ?? []).map(({ name }) => name);
}

/** The code of a refusal, `succeeded` for a result. */
export function codeOf({ result, error }: RpcAnswer): string | undefined {
  if (error !== undefined) return `${error.code}`;
  return result?._meta?.['dev.reeve/decision']?.code ?? (result?.isError === true ? 'tool_error' : 'succeeded');
}

export function textOf({ result, error }: RpcAnswer): string {
  return error?.message ?? (result?.content ?? []).map(({ text }) => text).join('\n');
}
