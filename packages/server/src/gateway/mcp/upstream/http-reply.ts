import { type OutboundResponse, ReeveError } from '../../../lib/index.ts';
import {
  type JsonObject,
  parseUpstreamJson,
  RpcError,
  type RpcNotification,
  type RpcRequest,
  readRpcMessage,
} from '../wire/json-rpc.ts';
import { readSseData, readText } from '../wire/sse.ts';
import { resultOf } from './upstream-info.ts';

/** What may come on a reply's stream before the reply. */
export interface ReplyListener {
  notified(notification: RpcNotification): void;
  asked(request: RpcRequest): void;
}

/** The result that a response carries, as JSON or at the end of a stream; throws the upstream's own error. */
export function readReply(response: OutboundResponse, listener: ReplyListener): Promise<JsonObject> {
  return contentType(response).startsWith('text/event-stream') ? streamed(response, listener) : whole(response);
}

/** An abandoned body ends with an error that nobody waits for. */
export function discard(response: OutboundResponse): void {
  response.body.on('error', () => {});
  if (contentType(response).startsWith('text/event-stream')) response.body.destroy();
  else response.body.resume();
}

/** What went wrong with an exchange, as the pipeline knows it. */
export function exchangeFailure(thrown: unknown): unknown {
  if (thrown instanceof RpcError && thrown.httpStatus !== 200)
    return new ReeveError('upstream_failed', 'the tool server sent something that is not JSON-RPC', { cause: thrown });
  if (thrown instanceof ReeveError || thrown instanceof RpcError) return thrown;
  return new ReeveError('upstream_failed', 'the tool server could not be reached or broke off', { cause: thrown });
}

async function streamed(response: OutboundResponse, listener: ReplyListener): Promise<JsonObject> {
  for await (const data of readSseData(response.body)) {
    if (data === '') continue;
    const message = readRpcMessage(parseUpstreamJson(data));
    if (message.kind === 'response') {
      discard(response);
      return resultOf(message.response);
    }
    if (message.kind === 'notification') listener.notified(message);
    else listener.asked(message);
  }
  throw new ReeveError('upstream_failed', 'the tool server closed the stream before it answered');
}

async function whole(response: OutboundResponse): Promise<JsonObject> {
  const text = await readText(response.body);
  if (response.status >= 300 && !text.trimStart().startsWith('{')) throw httpFailure(response.status);
  let message: ReturnType<typeof readRpcMessage>;
  try {
    message = readRpcMessage(parseUpstreamJson(text));
  } catch (thrown) {
    if (response.status >= 300) throw httpFailure(response.status);
    throw thrown;
  }
  if (message.kind !== 'response') throw httpFailure(response.status);
  return resultOf(message.response);
}

function contentType(response: OutboundResponse): string {
  const value = response.headers['content-type'];
  return typeof value === 'string' ? value : '';
}

function httpFailure(status: number): ReeveError {
  return new ReeveError('upstream_failed', `the tool server answered HTTP ${status}`);
}
