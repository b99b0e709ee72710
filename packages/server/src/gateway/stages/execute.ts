import type { Outcome } from '@reeve/contracts';
import { ReeveError } from '../../lib/index.ts';
import type { Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

/** What did the upstream say? Stops are asked once more: time has passed since admission. */
export async function execute(passage: Passage, parts: StageParts): Promise<Outcome | undefined> {
  const { action, controller } = passage;
  const before = endedBySignal(passage);
  if (before !== undefined) return before;
  const decided = passage.decided();
  const place = decided.target.kind === 'tool' ? 'result' : 'output';
  const inspectOutput =
    parts.guardrails.checker(decided.identity.workspace, decided.identity.agent, place) !== undefined;
  const forward = () => controller.abort('caller gone');
  action.callerGone.addEventListener('abort', forward, { once: true });
  passage.executedAtMs = parts.now();
  try {
    // Also what an upstream says of its own failure reaches the agent only through the next stage.
    passage.execution = await action.operation.execute(decided, { inspectOutput });
    return undefined;
  } catch (error) {
    const ended = endedBySignal(passage);
    if (ended !== undefined) return ended;
    throw error;
  } finally {
    if (passage.execution?.kind !== 'stream') action.callerGone.removeEventListener('abort', forward);
  }
}

export function upstreamFailed(message: string): Outcome {
  return { kind: 'upstream_failed', code: 'upstream_failed', message };
}

/** Why the action's signal fired: a person stopped something, or the caller went away. */
export function endedBySignal(passage: Passage): Outcome | undefined {
  if (passage.action.callerGone.aborted)
    return { kind: 'aborted', code: 'invalid_request', message: 'the caller went away' };
  const { signal } = passage.controller;
  if (!signal.aborted) return undefined;
  const reason: unknown = signal.reason;
  if (reason instanceof ReeveError) return { kind: 'stopped', code: reason.code, message: reason.message };
  return { kind: 'aborted', code: 'invalid_request', message: 'the caller went away' };
}
