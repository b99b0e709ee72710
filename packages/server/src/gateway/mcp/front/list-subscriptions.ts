import { ReeveError } from '../../../lib/index.ts';
import { isObject, type JsonObject, type RpcRequest } from '../wire/json-rpc.ts';
import { META } from '../wire/protocol-versions.ts';
import type { ClientStream } from './client-stream.ts';
import type { Incoming } from './front-parts.ts';
import type { McpCaller } from './mcp-caller.ts';

const MAX_SUBSCRIPTIONS = 10_000;

interface Subscription {
  readonly stream: ClientStream;
  readonly workspace: string;
  readonly agent: string;
  /** Server name, or empty at the aggregate. */
  readonly endpoint: string;
  readonly id: string | number;
  readonly tools: boolean;
}

/** Open `subscriptions/listen` streams of modern clients. Changes of tool lists are told; nothing else is honoured. */
export class ListSubscriptions {
  readonly #open = new Set<Subscription>();

  listen({ stream, endpoint }: Incoming, caller: McpCaller, { id, params }: RpcRequest): void {
    if (this.#open.size >= MAX_SUBSCRIPTIONS)
      throw new ReeveError('overloaded', 'too many subscriptions', { retryAfterSeconds: 30 });
    const wanted = filterOf(params);
    const tools = wanted.toolsListChanged === true;
    const { fleet, agent } = caller;
    const bound = { workspace: fleet.workspace, agent: agent.name, endpoint: endpoint.server ?? '' };
    const subscription = { stream, ...bound, id, tools };
    stream.open();
    tell(subscription, 'notifications/subscriptions/acknowledged', {
      notifications: tools ? { toolsListChanged: true } : {},
    });
    this.#open.add(subscription);
    stream.gone.addEventListener('abort', () => this.#open.delete(subscription), { once: true });
  }

  toolsChanged(isMeant: (subscription: Subscription) => boolean): void {
    for (const subscription of this.#open)
      if (subscription.tools && isMeant(subscription)) tell(subscription, 'notifications/tools/list_changed', {});
  }

  closeAll(): void {
    for (const { stream, id } of this.#open)
      stream.answer(
        200,
        {},
        { jsonrpc: '2.0', id, result: { resultType: 'complete', _meta: { [META.subscriptionId]: id } } },
      );
    this.#open.clear();
  }
}

function filterOf(params: JsonObject): JsonObject {
  return isObject(params.notifications) ? params.notifications : {};
}

function tell({ stream, id }: Subscription, method: string, params: JsonObject): void {
  stream.tell({ jsonrpc: '2.0', method, params: { ...params, _meta: { [META.subscriptionId]: id } } });
}
