/** Interrupts of LangGraph: what Reeve holds interrupts the graph, and goes through once when it is resumed and people approved. */
import { interrupt } from '@langchain/langgraph';
import type { Permit } from '../permit.ts';
import type { CallOptions, GuardOptions, Reeve } from '../reeve.ts';
import { type PendingApproval, ReeveHeld } from '../refusals.ts';

/** What a held call interrupts the graph with. */
export interface HeldCall {
  readonly type: 'reeve.approval';
  readonly tool: string;
  readonly args: unknown;
  readonly approval: PendingApproval;
  readonly message: string;
}

/** What LangGraph hands to nodes and tools, as far as it is looked at. */
interface GraphConfig {
  readonly signal?: AbortSignal | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly toolCall?: { readonly id?: string | undefined } | undefined;
}

/**
 * INVARIANT: what the graph is resumed with lets nothing pass; people approve in Reeve. Resumed before they have, it is interrupted
 * again. A node is repeated from its start when it is resumed: calls of a tool node that ran already are answered with their first
 * result. In a node of your own, make one governed call, or do nothing before it that must not be repeated.
 */
export function guardedTool<A extends object, R, C extends GraphConfig = GraphConfig>(
  reeve: Reeve,
  tool: string,
  fn: (args: A, config: C) => R | PromiseLike<R>,
  options: GuardOptions<R> = {},
): (args: A, config: C) => Promise<R> {
  return async (args, config) => {
    const signal = config?.signal ?? options.signal;
    const permit = await permitted(reeve, tool, args, await callOptions(options, config, signal));
    return permit.run((allowed) => fn(allowed, config), { signal, describe: options.describe });
  };
}

async function permitted<A extends object>(
  reeve: Reeve,
  tool: string,
  args: A,
  options: CallOptions,
): Promise<Permit<A>> {
  for (;;) {
    try {
      return await reeve.propose(tool, args, options);
    } catch (error) {
      if (!ReeveHeld.is(error)) throw error;
      const { approval, message } = error;
      // Throws out of the graph, unless it was resumed here: each resumption asks Reeve once more.
      interrupt<HeldCall>({ type: 'reeve.approval', tool, args, approval, message });
    }
  }
}

async function callOptions<R>(
  { describe: _, ...options }: GuardOptions<R>,
  config: GraphConfig | undefined,
  signal: AbortSignal | undefined,
): Promise<CallOptions> {
  // The namespace names this very task of this very graph, also when it is resumed.
  const [task, call] = [config?.metadata?.langgraph_checkpoint_ns, config?.toolCall?.id];
  const key = typeof task === 'string' && call !== undefined ? await digest(`${task} ${call}`) : undefined;
  return {
    ...options,
    ...(signal === undefined ? {} : { signal }),
    ...(key === undefined ? {} : { idempotencyKey: `langgraph-${key}` }),
  };
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
