/** Approvals of the OpenAI Agents SDK: what Reeve holds interrupts the run, and goes through once when people approved. */
import { AskedTool } from '../asked-tool.ts';
import type { GuardOptions, Reeve } from '../reeve.ts';
import { ReeveHeld, ReeveRefusal } from '../refusals.ts';

interface CallDetails {
  readonly toolCall?: { readonly callId: string };
  readonly signal?: AbortSignal;
}

/** To be spread into `tool({ ... })`. */
export interface GuardedTool<R> {
  readonly needsApproval: (context: unknown, args: unknown, callId?: string) => Promise<boolean>;
  readonly execute: (args: unknown, context?: unknown, details?: CallDetails) => Promise<R>;
  /** The framework's own would tell the model to try again, whatever the reason. */
  readonly errorFunction: (context: unknown, error: unknown) => string;
}

/**
 * INVARIANT: `state.approve` lets nothing pass; people approve in Reeve. A call that the application approves before they have is
 * refused with ReeveHeld.
 */
export function guardedTool<A extends object, R>(
  reeve: Reeve,
  tool: string,
  fn: (args: A, context: unknown) => R | PromiseLike<R>,
  options: GuardOptions<R> = {},
): GuardedTool<R> {
  const asked = new AskedTool(reeve, tool, fn, options);
  return {
    needsApproval: async (_context, args, callId) => {
      // Without an id the run could not be told which decision is its own, so it is held or refused when it runs.
      if (callId === undefined) return false;
      try {
        await asked.ask(callId, args as A);
        return false;
      } catch (error) {
        if (ReeveHeld.is(error)) return true;
        // Refusals are told when it runs: then they are errors of the tool.
        if (ReeveRefusal.is(error)) return false;
        throw error;
      }
    },
    errorFunction: (_context, error) =>
      ReeveRefusal.is(error) ? `${error.message} ${error.next ?? ''}`.trim() : 'The tool failed.',
    execute: (args, context, details) => asked.run(details?.toolCall?.callId, details?.signal, args as A, context),
  };
}
