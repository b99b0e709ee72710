import { isObject, type JsonObject, RPC, RpcError, type RpcId, type RpcNotification } from '../wire/json-rpc.ts';
import { META, MODERN_VERSION, SERVER_INFO } from '../wire/protocol-versions.ts';
import type { UpstreamCall, UpstreamListener } from './upstream.ts';

export function requestMessage(id: RpcId, method: string, params: JsonObject): JsonObject {
  return { jsonrpc: '2.0', id, method, params };
}

export function notificationMessage(method: string, params: JsonObject = {}): JsonObject {
  return { jsonrpc: '2.0', method, params };
}

/** The caller's params with this hop's envelope: our progress token, never the caller's. */
export function hopParams(call: UpstreamCall, id: RpcId, era: 'legacy' | 'modern'): JsonObject {
  const meta: Record<string, unknown> = { ...(isObject(call.params._meta) ? call.params._meta : {}) };
  if (call.onNotification !== undefined) meta.progressToken = id;
  if (era === 'modern') Object.assign(meta, modernEnvelope(call));
  return Object.keys(meta).length === 0 ? call.params : { ...call.params, _meta: meta };
}

export function modernEnvelope(call?: Pick<UpstreamCall, 'clientCapabilities' | 'logLevel'>): JsonObject {
  return {
    [META.protocolVersion]: MODERN_VERSION,
    [META.clientInfo]: SERVER_INFO,
    [META.clientCapabilities]: call?.clientCapabilities ?? {},
    ...(call?.logLevel === undefined ? {} : { [META.logLevel]: call.logLevel }),
  };
}

/** What we say of ourselves to a legacy upstream. Sampling and roots are not offered: a model call has its own front. */
export function initializeParams(version: string): JsonObject {
  return { protocolVersion: version, capabilities: { elicitation: { form: {}, url: {} } }, clientInfo: SERVER_INFO };
}

const LIST_CHANGED: Readonly<Record<string, 'tools' | 'resources' | 'prompts'>> = {
  'notifications/tools/list_changed': 'tools',
  'notifications/resources/list_changed': 'resources',
  'notifications/prompts/list_changed': 'prompts',
};

/** True where the notification was about the server, not about a call. */
export function tookServerNotification(notification: RpcNotification, listener: UpstreamListener): boolean {
  const kind = LIST_CHANGED[notification.method];
  if (kind === undefined) return false;
  listener.listChanged(kind);
  return true;
}

/** Answers a server's request on behalf of the call it belongs to. */
export async function answerServerRequest(
  id: RpcId,
  method: string,
  params: JsonObject,
  call: Pick<UpstreamCall, 'onRequest'> | undefined,
): Promise<JsonObject> {
  if (method === 'ping') return { jsonrpc: '2.0', id, result: {} };
  try {
    if (call?.onRequest === undefined) throw new RpcError(RPC.methodNotFound, `${method} is not offered`);
    return { jsonrpc: '2.0', id, result: await call.onRequest(method, params) };
  } catch (thrown) {
    const error = thrown instanceof RpcError ? thrown : new RpcError(RPC.internalError, 'the caller did not answer');
    return { jsonrpc: '2.0', id, error: error.body() };
  }
}
