/** Tool approval of the AI SDK (`ai`): what Reeve holds becomes a tool-approval request, and runs once when people approved. */
import { AskedTool } from '../asked-tool.ts';
import type { GuardOptions, Reeve } from '../reeve.ts';
import { ReeveHeld, ReeveRefusal } from '../refusals.ts';

interface CallContext {
  readonly toolCallId: string;
  readonly abortSignal?: AbortSignal | undefined;
}

type ApprovalStatus =
  | { readonly type: 'not-applicable' }
  | { readonly type: 'user-approval' | 'denied'; readonly reason: string };

export interface GuardedTool<A extends object, C extends CallContext, R> {
  /** For `tool({ execute })`. */
  readonly execute: (args: A, context: C) => Promise<R>;
  /** For `generateText({ toolApproval: { NAME } })` and its siblings. */
  readonly approval: (args: A, context: { readonly toolCallId: string }) => Promise<ApprovalStatus>;
  /** For `tool({ needsApproval })` of versions that have no `toolApproval`. */
  readonly needsApproval: (args: A, context: { readonly toolCallId: string }) => Promise<boolean>;
}

/**
 * INVARIANT: what the application answers to an approval request lets nothing pass; people approve in Reeve. A call that the application
 * approves before they have is refused with ReeveHeld.
 */
export function guardedTool<A extends object, R, C extends CallContext = CallContext>(
  reeve: Reeve,
  tool: string,
  fn: (args: A, context: C) => R | PromiseLike<R>,
  options: GuardOptions<R> = {},
): GuardedTool<A, C, R> {
  const asked = new AskedTool(reeve, tool, fn, options);
  const approval = async (args: A, { toolCallId }: { readonly toolCallId: string }): Promise<ApprovalStatus> => {
    try {
      await asked.ask(toolCallId, args);
      return { type: 'not-applicable' };
    } catch (error) {
      if (ReeveHeld.is(error)) return { type: 'user-approval', reason: `${error.message} (${error.approval.url})` };
      if (ReeveRefusal.is(error)) return { type: 'denied', reason: error.message };
      throw error;
    }
  };
  return {
    execute: (args, context) => asked.run(context.toolCallId, context.abortSignal, args, context),
    approval,
    // Refusals are told when it runs: then they are errors of the tool.
    needsApproval: async (args, context) => (await approval(args, context)).type === 'user-approval',
  };
}
