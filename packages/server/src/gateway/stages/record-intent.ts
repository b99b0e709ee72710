import { durationMs, type Outcome } from '@reeve/contracts';
import type { ContentRef } from '@reeve/ledger';
import type { Clearance } from '../../approvals/index.ts';
import { must, ReeveError } from '../../lib/index.ts';
import type { Statement } from '../../storage/index.ts';
import type { WholeReply } from '../action.ts';
import { NO_REPLY, type StoredReply } from '../idempotency/index.ts';
import type { Passage } from '../passage.ts';
import { intendedEntry } from '../record-entries.ts';
import { decidedRecord } from '../record-rows.ts';
import { beginOnce } from './begin-once.ts';
import { flowFacts } from './facts.ts';
import type { StageParts } from './stage.ts';

type RecordParts = Pick<StageParts, 'ledger' | 'payloads' | 'records' | 'runs' | 'idempotency' | 'flows'>;

/**
 * Is it durable, before any effect? A read must outlive the process, every other effect power loss. What carries an idempotency key
 * that was used before ends here, with the first reply.
 */
export async function recordIntent(passage: Passage, parts: RecordParts): Promise<Outcome | undefined> {
  if (passage.action.dryRun === true)
    return { kind: 'simulated', message: 'decided only, as asked: nothing was executed' };
  const identity = must(passage.identity, 'identity');
  const run = must(passage.run, 'run');
  const target = must(passage.target, 'target');
  const bytes = passage.action.operation.payload();
  await beginOnce(passage, parts);
  if (passage.repeated !== undefined) return replayed(passage, passage.repeated);
  const { id, digest, size, statement } = parts.payloads.keep({
    workspace: identity.workspace,
    action: passage.action.id,
    part: 'request',
    bytes,
    keepUntilMs: keepUntil(passage),
  });
  const payload: ContentRef = { id, digest, size };
  const also: Statement[] = [
    ...parts.records.intentStatements(decidedRecord(passage, id)),
    statement,
    ...parts.runs.runStatements(run),
  ];
  if (passage.once !== undefined) also.push(passage.once.start());
  if (passage.assessment !== undefined) also.push(...passage.assessment.statements());
  const { entries } = cleared(passage, also);
  const durability = target.effect === 'read' ? 'process' : 'power';
  try {
    // The action's own entry comes last: its row takes the index of the last entry of the unit.
    await parts.ledger.append([...entries, intendedEntry(passage, payload)], also, durability);
  } catch (error) {
    throw usedUp(passage, error);
  }
  parts.runs.committed(run);
  passage.intended = true;
  declassify(passage, parts);
  return undefined;
}

/** Of two calls under one approval the second finds it used up. */
function usedUp(passage: Passage, error: unknown): unknown {
  if (passage.clearance?.kind !== 'released' || !(error instanceof ReeveError) || error.code !== 'conflict')
    return error;
  return new ReeveError('approval_required', 'the approval was used by another call; call again to ask for a new one');
}

/** What the approval that lets it pass adds: it is used up in the same unit, so that of two calls one is without it. */
function cleared(passage: Passage, also: Statement[]): Pick<Extract<Clearance, { entries: unknown }>, 'entries'> {
  const { clearance } = passage;
  if (clearance?.kind !== 'released') return { entries: [] };
  also.push(...clearance.statements);
  return clearance;
}

/** What people or a rule let pass counts as theirs from here on, and not before it is on record that they did. */
function declassify(passage: Passage, { flows }: Pick<RecordParts, 'flows'>): void {
  const released = passage.findings.filter(({ by, releasedBy }) => by === 'flow' && releasedBy !== undefined);
  const by = released[0]?.releasedBy;
  if (by !== undefined) flows.declassified(flowFacts(passage), released, by);
}

/** The same key again: the first reply is the answer, or the reason why there is none. */
function replayed(passage: Passage, answer: NonNullable<Passage['repeated']>): Outcome {
  if (answer.kind === 'refused') return { kind: 'invalid', code: answer.code, message: answer.message };
  const { reply } = answer;
  passage.findings.push({
    by: 'ledger',
    verdict: 'allow',
    message: `answered with the reply of ${answer.action}, which had the same idempotency key`,
  });
  if (reply.status !== NO_REPLY) passage.reply = replyAgain(passage, reply, answer.action);
  passage.replayed = true;
  return reply.outcome;
}

function replyAgain(passage: Passage, reply: StoredReply, first: string): WholeReply {
  return {
    kind: 'whole',
    status: reply.status,
    headers: { ...reply.headers, 'x-reeve-replay-of': first },
    body: reply.body,
    usage: undefined,
    costNanoUsd: 0,
    ...(reply.sideEffect === undefined ? {} : { sideEffect: reply.sideEffect }),
    servedBy: 'replay',
    attempts: 0,
    parts: () => [],
    rewritten: () => must(passage.reply, 'reply'),
  };
}

export function keepUntil(passage: Passage): number {
  return passage.action.receivedAtMs + durationMs(must(passage.fleet, 'fleet').settings.retention.payloads);
}
