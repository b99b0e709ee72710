import type { NanoUsd } from '@reeve/contracts';
import type { WholeReply } from '../../action.ts';
import { isObject, type JsonObject, type RpcError } from '../wire/json-rpc.ts';
import { editMap, isBinary, textParts, withEdits } from './text-parts.ts';

/** A reply whose body is a JSON-RPC `result`, or the upstream's own `error`. */
export interface McpReply extends WholeReply {
  readonly rpc: 'result' | 'error';
}

interface ReplySettled {
  readonly servedBy: string;
  readonly costNanoUsd: NanoUsd;
  readonly sideEffect: string | undefined;
}

const encoder = new TextEncoder();

export function resultReply(result: JsonObject, settled: ReplySettled): McpReply {
  return reply('result', result, settled, result.isError === true ? 'the tool reported an error' : undefined);
}

export function errorReply(error: RpcError, servedBy: string): McpReply {
  return reply(
    'error',
    { ...error.body() },
    { servedBy, costNanoUsd: 0, sideEffect: undefined },
    `JSON-RPC error ${error.code}`,
  );
}

export function isMcpReply(whole: WholeReply): whole is McpReply {
  return 'rpc' in whole;
}

function reply(
  rpc: 'result' | 'error',
  value: JsonObject,
  settled: ReplySettled,
  upstreamError: string | undefined,
): McpReply {
  return {
    kind: 'whole',
    rpc,
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: encoder.encode(JSON.stringify(value)),
    usage: undefined,
    costNanoUsd: settled.costNanoUsd,
    ...(settled.sideEffect === undefined ? {} : { sideEffect: settled.sideEffect }),
    ...(upstreamError === undefined ? {} : { upstreamError }),
    servedBy: settled.servedBy,
    attempts: 1,
    parts: () => textParts(value, '', 'result', isBinary),
    rewritten: (edits) => reply(rpc, withEdits(value, '', editMap(edits)) as JsonObject, settled, upstreamError),
  };
}

/** What an upstream may not say in our name, or of the other hop. */
export function withoutReservedMeta(result: JsonObject): JsonObject {
  if (!isObject(result._meta)) return result;
  const kept = Object.entries(result._meta).filter(([key]) => !/^(io\.modelcontextprotocol|dev\.reeve)\//.test(key));
  const { _meta, ...rest } = result;
  return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) };
}
