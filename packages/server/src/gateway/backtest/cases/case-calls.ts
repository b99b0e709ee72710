import { durationMs, type RunId } from '@reeve/contracts';
import { newId } from '../../../lib/index.ts';
import type { CandidateCall } from '../candidate-call.ts';
import type { PlacedCase } from './read-cases.ts';

/** The call that a case is about. */
export function callOf({ case: one, agent, tool, model }: PlacedCase, atMs: number, run: RunId): CandidateCall {
  return {
    action: newId('action', atMs),
    kind: tool === undefined ? 'model.generate' : 'tool.call',
    agent,
    target: tool ?? model ?? '',
    effect: one.effect,
    args: one.args ?? {},
    run,
    root: run,
    user: one.user,
    feature: one.feature,
    reason: one.reason,
    labels: one.labels ?? [],
    risk: one.risk,
    findings: [],
    atMs,
  };
}

/** Calls that were made before it, oldest first: in its run where they are its agent's. */
export function earlierCalls(placed: PlacedCase, atMs: number, run: RunId): readonly CandidateCall[] {
  const calls = (placed.case.history ?? []).flatMap((earlier) => {
    const { agent = placed.agent, tool = placed.tool, args = placed.case.args, ago, times } = earlier;
    const about = { ...placed, agent, tool, case: { ...placed.case, args } };
    return Array.from({ length: times }, () =>
      callOf(about, atMs - durationMs(ago), agent === placed.agent ? run : newId('run', atMs)),
    );
  });
  return calls.sort((a, b) => a.atMs - b.atMs);
}
