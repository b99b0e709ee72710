import type { Outcome, PayloadId } from '@reeve/contracts';
import type { ContentRef, EntryBody } from '@reeve/ledger';
import { must } from '../../lib/index.ts';
import type { Statement } from '../../storage/index.ts';
import { NO_REPLY } from '../idempotency/index.ts';
import type { Passage } from '../passage.ts';
import { completedEntry, refusedEntry } from '../record-entries.ts';
import { decidedRecord, endedRecord } from '../record-rows.ts';
import { keepUntil } from './record-intent.ts';
import type { StageParts } from './stage.ts';

type RecordParts = Pick<StageParts, 'ledger' | 'payloads' | 'records' | 'runs' | 'now'>;
const SUCCEEDED: Outcome = { kind: 'succeeded' };

/**
 * How did it end? Always runs; the reply ends after this is committed. Unknown callers belong to no workspace: the shadow list counts
 * them, so that a flood of them cannot fill the ledger.
 */
export async function recordOutcome(
  passage: Passage,
  parts: RecordParts,
  ended: Outcome | undefined,
): Promise<Outcome | undefined> {
  if (passage.identity === undefined || passage.fleet === undefined) return undefined;
  const outcome = ended ?? SUCCEEDED;
  try {
    await (passage.intended ? recordCompleted(passage, parts, outcome) : recordRefused(passage, parts, outcome));
  } catch (error) {
    passage.reply = undefined;
    // Whoever waits for this key must hear that its outcome is unknown, not wait for a reply that never comes.
    if (passage.intended) passage.once?.settled();
    throw error;
  } finally {
    if (!passage.intended) passage.once?.abandon();
    if (passage.clearance?.kind === 'released') passage.clearance.settled(passage.intended);
  }
  return undefined;
}

async function recordCompleted(passage: Passage, parts: RecordParts, outcome: Outcome): Promise<void> {
  const { workspace } = must(passage.identity, 'identity');
  const endedAtMs = parts.now();
  const also: Statement[] = [];
  let result: ContentRef | undefined;
  let keptId: PayloadId | undefined;
  if (passage.replyBytes !== undefined) {
    const kept = parts.payloads.keep({
      workspace,
      action: passage.action.id,
      part: 'reply',
      bytes: passage.replyBytes,
      keepUntilMs: keepUntil(passage),
    });
    also.push(kept.statement);
    keptId = kept.id;
    result = { id: kept.id, digest: kept.digest, size: passage.replyLength };
  }
  also.unshift(...parts.records.outcomeStatements(endedRecord(passage, outcome, endedAtMs, keptId)));
  const { once, reply } = passage;
  if (once !== undefined) {
    const { status, headers, body } = reply ?? { status: NO_REPLY, headers: {}, body: new Uint8Array() };
    const sideEffect = passage.settled?.sideEffect;
    also.push(
      once.end({
        outcome,
        status,
        headers,
        body,
        costNanoUsd: passage.costNanoUsd,
        ...(sideEffect === undefined ? {} : { sideEffect }),
      }),
    );
  }
  await parts.ledger.append(
    [completedEntry(passage, outcome, result, endedAtMs - passage.action.receivedAtMs)],
    also,
    'process',
  );
  once?.settled();
}

async function recordRefused(passage: Passage, parts: RecordParts, outcome: Outcome): Promise<void> {
  const { run } = passage;
  const endedAtMs = parts.now();
  const ended = endedRecord(passage, outcome, endedAtMs, undefined);
  const also = [
    ...parts.records.refusedStatements(decidedRecord(passage, undefined), ended),
    ...(run === undefined ? [] : parts.runs.runStatements(run)),
  ];
  const entries: EntryBody[] = [refusedEntry(passage, outcome, endedAtMs - passage.action.receivedAtMs)];
  const waits = outcome.kind === 'held' && passage.clearance?.kind === 'waits' ? passage.clearance : undefined;
  if (waits !== undefined) {
    // The action's own entry stays last: its row takes the index of the last entry of the unit.
    entries.unshift(...waits.entries);
    also.push(...waits.statements);
  }
  let recorded = false;
  try {
    await parts.ledger.append(entries, also, waits === undefined ? 'process' : 'power');
    recorded = true;
  } finally {
    if (passage.clearance?.kind === 'waits') passage.clearance.settled(recorded && waits !== undefined);
  }
  if (run !== undefined) parts.runs.committed(run);
}
