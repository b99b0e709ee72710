import type { NanoUsd } from '@reeve/contracts';
import type { WholeReply } from '../../action.ts';
import { editMap, textParts, withEdits } from '../../tools/index.ts';
import { isObject, type JsonObject, parseUpstreamJson, type RpcError, type RpcErrorBody } from '../wire/json-rpc.ts';

interface ReplySettled {
  readonly servedBy: string;
  readonly costNanoUsd: NanoUsd;
  readonly sideEffect: string | undefined;
}

/** What a body is stands in its headers, which are kept with it: a reply that is replayed must still be told apart. */
const CONTENT_TYPES = {
  result: 'application/vnd.reeve.mcp-result+json',
  error: 'application/vnd.reeve.mcp-error+json',
};

const encoder = new TextEncoder();

export function resultReply(result: JsonObject, settled: ReplySettled): WholeReply {
  return reply('result', result, settled, result.isError === true ? 'the tool reported an error' : undefined);
}

export function errorReply(error: RpcError, servedBy: string): WholeReply {
  const settled = { servedBy, costNanoUsd: 0, sideEffect: undefined };
  return reply('error', { ...error.body() }, settled, `JSON-RPC error ${error.code}`);
}

/** A reply as JSON-RPC. What an HTTP API answered becomes the result of a tool. */
export function replyBody(whole: WholeReply, failed: boolean): { result: JsonObject } | { error: RpcErrorBody } {
  const value = parseUpstreamJson(Buffer.from(whole.body).toString('utf8'));
  const contentType = whole.headers['content-type'];
  if (contentType === CONTENT_TYPES.error) return { error: value as RpcErrorBody };
  if (contentType === CONTENT_TYPES.result) return { result: isObject(value) ? value : {} };
  return { result: apiResult(value, failed) };
}

function apiResult(value: unknown, isError: boolean): JsonObject {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return {
    content: [{ type: 'text', text }],
    ...(isObject(value) && !isError ? { structuredContent: value } : {}),
    ...(isError ? { isError } : {}),
  };
}

function reply(
  kind: 'result' | 'error',
  value: JsonObject,
  settled: ReplySettled,
  upstreamError: string | undefined,
): WholeReply {
  return {
    kind: 'whole',
    status: 200,
    headers: { 'content-type': CONTENT_TYPES[kind] },
    body: encoder.encode(JSON.stringify(value)),
    usage: undefined,
    costNanoUsd: settled.costNanoUsd,
    ...(settled.sideEffect === undefined ? {} : { sideEffect: settled.sideEffect }),
    ...(upstreamError === undefined ? {} : { upstreamError }),
    servedBy: settled.servedBy,
    attempts: 1,
    parts: () => textParts(value, '', 'result', isBinary),
    rewritten: (edits) => reply(kind, withEdits(value, '', editMap(edits)) as JsonObject, settled, upstreamError),
  };
}

/** Base64 of images, audio and binary resources. What says so and is not is text. */
function isBinary(holder: Readonly<Record<string, unknown>>, key: string): boolean {
  const claimed =
    key === 'data'
      ? (holder.type === 'image' || holder.type === 'audio') && typeof holder.mimeType === 'string'
      : key === 'blob' && typeof holder.uri === 'string';
  return claimed && BASE64.test(String(holder[key]));
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** What an upstream may not say in our name, or of the other hop. */
export function withoutReservedMeta(result: JsonObject): JsonObject {
  if (!isObject(result._meta)) return result;
  const kept = Object.entries(result._meta).filter(([key]) => !/^(io\.modelcontextprotocol|dev\.reeve)\//.test(key));
  const { _meta, ...rest } = result;
  return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) };
}
