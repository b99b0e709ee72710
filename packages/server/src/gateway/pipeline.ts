import type { ActionKind, Outcome } from '@reeve/contracts';
import { toReeveError } from '../lib/index.ts';
import type { Events } from '../telemetry/index.ts';
import type { CompletedAction, ProposedAction } from './action.ts';
import { Passage as NewPassage, type Passage } from './passage.ts';
import type { Pipeline } from './pipeline-port.ts';
import { admit } from './stages/admit.ts';
import { assess } from './stages/assess.ts';
import { authorize } from './stages/authorize.ts';
import { decide } from './stages/decide.ts';
import { execute } from './stages/execute.ts';
import { identify } from './stages/identify.ts';
import { inspectInput } from './stages/inspect-input.ts';
import { inspectResult } from './stages/inspect-result.ts';
import { recordIntent } from './stages/record-intent.ts';
import { recordOutcome } from './stages/record-outcome.ts';
import { settle } from './stages/settle.ts';
import type { Stage, StageParts } from './stages/stage.ts';

const MODEL = 'model.generate';
const TOOL = 'tool.call';
const MESSAGE = 'agent.message';
const TASK = 'task.start';

// INVARIANT: every action passes these stages in this order, whatever wire it came from. A row is a stage, a column a kind of action.
// The first stage that ends an action skips the rest, but not the two that always run. prettier keeps off: columns are aligned.
// biome-ignore format: a reviewer reads this as a table
export const STAGES: readonly StageRow[] = [
  //    question                                              stage                           kinds of action              if it throws
  stage('who acts, for whom, in which run?',                  'identify',       identify,       [MODEL, TOOL, MESSAGE, TASK], 'failed_closed'),
  stage('alive? within limits? budget left?',                 'admit',          admit,          [MODEL, TOOL, MESSAGE, TASK], 'failed_closed'),
  stage('well-formed? content fit to pass?',                  'inspect-input',  inspectInput,   [MODEL, TOOL, MESSAGE, TASK], 'failed_closed'),
  stage('can it?',                                            'authorize',      authorize,      [MODEL, TOOL, MESSAGE, TASK], 'failed_closed'),
  stage('should it, now?',                                    'assess',         assess,         [MODEL, TOOL, MESSAGE, TASK], 'failed_closed'),
  stage('strictest finding wins: deny, hold, modify, allow',  'decide',         decide,         [MODEL, TOOL, MESSAGE, TASK], 'failed_closed'),
  stage('durable before any effect?',                         'record-intent',  recordIntent,   [MODEL, TOOL, MESSAGE, TASK], 'failed_closed'),
  stage('what did the upstream say?',                         'execute',        execute,        [MODEL, TOOL, MESSAGE, TASK], 'upstream_failed'),
  stage('may the answer reach the agent?',                    'inspect-result', inspectResult,  [MODEL, TOOL, MESSAGE, TASK], 'withheld'),
  always('what did it cost, what does it carry?',             'settle',         settle,         [MODEL, TOOL, MESSAGE, TASK], 'failed_closed'),
  always('how did it end?',                                   'record-outcome', recordOutcome,  [MODEL, TOOL, MESSAGE, TASK], 'failed_closed'),
];

interface StageRow {
  readonly question: string;
  readonly name: string;
  readonly run: Stage;
  readonly kinds: readonly ActionKind[];
  readonly onThrow: 'failed_closed' | 'upstream_failed' | 'withheld';
  readonly always: boolean;
}

export function createPipeline(parts: StageParts, events: Events): Pipeline {
  const rows = new Map<ActionKind, readonly StageRow[]>();
  for (const kind of [MODEL, TOOL, MESSAGE, TASK] as const)
    rows.set(
      kind,
      STAGES.filter((row) => row.kinds.includes(kind)),
    );
  return { run: (action) => pass(action, rows.get(action.kind) ?? STAGES, parts, events) };
}

async function pass(
  action: ProposedAction,
  rows: readonly StageRow[],
  parts: StageParts,
  events: Events,
): Promise<CompletedAction> {
  const passage = new NewPassage(action);
  let outcome: Outcome | undefined;
  for (const row of rows) {
    if (outcome !== undefined && !row.always) continue;
    try {
      const ended = row.run(passage, parts, outcome);
      const result = ended instanceof Promise ? await ended : ended;
      if (result !== undefined) outcome = result;
    } catch (thrown) {
      outcome = outcomeOfThrown(passage, row, thrown, events);
    }
  }
  outcome ??= { kind: 'succeeded' };
  passage.streaming?.sink.end(outcome);
  report(passage, outcome, events);
  return complete(passage, outcome);
}

/** What nobody decided: a refusal that a stage threw by its code, or a fault, which fails closed. */
function outcomeOfThrown(passage: Passage, row: StageRow, thrown: unknown, events: Events): Outcome {
  const error = toReeveError(thrown);
  const kind = KIND_BY_CODE[error.code];
  if (kind !== undefined) {
    return {
      kind,
      code: error.code,
      message: error.message,
      ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    };
  }
  events.failedClosed({ action: passage.action.id, stage: row.name, error: thrown });
  if (row.onThrow === 'upstream_failed')
    return { kind: 'upstream_failed', code: 'upstream_failed', message: 'the upstream failed' };
  return {
    kind: 'failed_closed',
    code: 'fail_closed',
    message: 'the decision could not be made or recorded, so nothing was done',
  };
}

const KIND_BY_CODE: Partial<Record<string, Outcome['kind']>> = {
  invalid_request: 'invalid',
  invalid_arguments: 'invalid',
  payload_too_large: 'invalid',
  unknown_model: 'invalid',
  unknown_tool: 'invalid',
  idempotency_mismatch: 'invalid',
  action_in_progress: 'invalid',
  outcome_unknown: 'denied',
  definition_changed: 'denied',
  destination_denied: 'denied',
  policy_denied: 'denied',
  upstream_failed: 'upstream_failed',
  upstream_unavailable: 'upstream_failed',
  upstream_timeout: 'timed_out',
};

function report(passage: Passage, outcome: Outcome, events: Events): void {
  events.actionEnded({
    kind: passage.action.kind,
    outcome: outcome.kind,
    code: outcome.code,
    durationMs: Date.now() - passage.action.receivedAtMs,
    workspace: passage.identity?.workspace,
    costUsd: passage.costNanoUsd / 1e9,
  });
}

function complete(passage: Passage, outcome: Outcome): CompletedAction {
  return {
    action: passage.decision !== undefined && passage.target !== undefined ? passage.decided() : passage.action,
    run: passage.run,
    outcome,
    decision: passage.decision,
    reply: passage.reply,
    streaming: passage.streaming !== undefined,
    usage: passage.usage,
    costNanoUsd: passage.costNanoUsd,
  };
}

function stage(
  question: string,
  name: string,
  run: Stage,
  kinds: readonly ActionKind[],
  onThrow: StageRow['onThrow'],
): StageRow {
  return { question, name, run, kinds, onThrow, always: false };
}

function always(
  question: string,
  name: string,
  run: Stage,
  kinds: readonly ActionKind[],
  onThrow: StageRow['onThrow'],
): StageRow {
  return { question, name, run, kinds, onThrow, always: true };
}
