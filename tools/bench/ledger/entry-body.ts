import type { EntryBody } from '@reeve/ledger';

/** Entries as governed model calls leave them: an intent, then how it ended, with the fields that a real call has. */
export function entryBody(number: number): EntryBody {
  if (number === 0) return { event: 'ledger.opened', origin: 'localhost/reeve/bench' };
  const call = (number - 1) >> 1;
  const action = `act_${call.toString(36).padStart(22, '0')}`;
  const run = `run_${(call >> 3).toString(36).padStart(22, '0')}`;
  const who = { workspace: 'default', agent: `agt_${(call % 50).toString(36).padStart(22, '0')}`, run };
  if (number % 2 === 0) {
    return {
      event: 'action.completed',
      action,
      ...who,
      outcome: 'succeeded',
      servedBy: 'mock/mock-small',
      attempts: 1,
      usage: {
        inputTokens: 24,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        cacheWrite1hTokens: 0,
        outputTokens: 9,
        reasoningTokens: 0,
        source: 'reported',
      },
      costNanoUsd: 24_000,
      result: content(number),
      durationMs: 12,
    };
  }
  return {
    event: 'action.intended',
    action,
    kind: 'model.generate',
    target: 'small',
    effect: 'read',
    grade: 'executed',
    ...who,
    credential: `key_${(call % 50).toString(36).padStart(22, '0')}`,
    rootRun: run,
    verdict: 'allow',
    findings: [{ by: 'policy', verdict: 'allow', message: 'permitted', rule: 'base.generate' }],
    fleet: `sha256:${'0'.repeat(64)}`,
    payload: content(number),
  };
}

function content(number: number): { id: string; digest: string; size: number } {
  const hex = number.toString(16).padStart(64, '0');
  return { id: `pay_${number.toString(36).padStart(22, '0')}`, digest: `salted-sha256:${hex}`, size: 301 };
}
