import { ACTION_KINDS, type ActionKind, type Outcome } from '@reeve/contracts';
import type { Events } from '../telemetry/index.ts';
import type { CompletedAction, ProposedAction } from './action.ts';
import { outcomeOfThrown } from './outcome-of-thrown.ts';
import { Passage } from './passage.ts';
import type { Pipeline } from './pipeline-port.ts';
import { admit } from './stages/admit.ts';
import { assess } from './stages/assess.ts';
import { authorize } from './stages/authorize.ts';
import { clear } from './stages/clear.ts';
import { consult } from './stages/consult.ts';
import { decide } from './stages/decide.ts';
import { execute } from './stages/execute.ts';
import { identify } from './stages/identify.ts';
import { inspectInput } from './stages/inspect-input.ts';
import { inspectResult } from './stages/inspect-result.ts';
import { recall } from './stages/recall.ts';
import { recordIntent } from './stages/record-intent.ts';
import { recordOutcome } from './stages/record-outcome.ts';
import { settle } from './stages/settle.ts';
import type { Stage, StageParts } from './stages/stage.ts';

const MODEL = 'model.generate';
const TOOL = 'tool.call';
const MESSAGE = 'agent.message';
const TASK = 'task.start';

// INVARIANT: every action passes these stages in this order, whatever wire it came from. A row is a stage, a column a kind of action.
// The first stage that ends an action skips the rest, but not the two that always run.
// biome-ignore format: a reviewer reads this as a table
export const STAGES: readonly StageRow[] = [
  //    question                                              stage                           kinds of action              if it throws
  stage('who acts, for whom, in which run?',                  'identify',       identify,       [MODEL, TOOL, MESSAGE, TASK], 'refused'),
  stage('alive? within limits? budget left?',                 'admit',          admit,          [MODEL, TOOL, MESSAGE, TASK], 'refused'),
  stage('did people speak about this very call before?',    'recall',         recall,         [TOOL, MESSAGE, TASK],        'refused'),
  stage('well-formed? content fit to pass?',                  'inspect-input',  inspectInput,   [MODEL, TOOL, MESSAGE, TASK], 'refused'),
  stage('what speaks against it, now?',                       'assess',         assess,         [MODEL, TOOL, MESSAGE, TASK], 'refused'),
  stage('can it, knowing that?',                              'authorize',      authorize,      [MODEL, TOOL, MESSAGE, TASK], 'refused'),
  stage('what does a second opinion say?',                    'consult',        consult,        [MODEL, TOOL, MESSAGE, TASK], 'refused'),
  stage('did people let it pass, or must they be asked?',     'clear',          clear,          [MODEL, TOOL, MESSAGE, TASK], 'refused'),
  stage('strictest finding wins: deny, hold, modify, allow',  'decide',         decide,         [MODEL, TOOL, MESSAGE, TASK], 'refused'),
  stage('durable before any effect?',                         'record-intent',  recordIntent,   [MODEL, TOOL, MESSAGE, TASK], 'refused'),
  stage('what did the upstream say?',                         'execute',        execute,        [MODEL, TOOL, MESSAGE, TASK], 'upstream_failed'),
  stage('may the answer reach the agent?',                    'inspect-result', inspectResult,  [MODEL, TOOL, MESSAGE, TASK], 'withheld'),
  always('what did it cost?',                                 'settle',         settle,         [MODEL, TOOL, MESSAGE, TASK], 'withheld'),
  always('how did it end?',                                   'record-outcome', recordOutcome,  [MODEL, TOOL, MESSAGE, TASK], 'withheld'),
];

interface StageRow {
  readonly question: string;
  readonly name: string;
  readonly run: Stage;
  readonly kinds: readonly ActionKind[];
  readonly onThrow: 'refused' | 'upstream_failed' | 'withheld';
  readonly always: boolean;
}

export function createPipeline(parts: StageParts, events: Events): Pipeline {
  const rows = new Map<ActionKind, readonly StageRow[]>();
  for (const kind of ACTION_KINDS) {
    const column = STAGES.filter((row) => row.kinds.includes(kind));
    rows.set(kind, column);
  }
  return { run: (action) => pass(action, rows.get(action.kind) ?? STAGES, parts, events) };
}

async function pass(
  action: ProposedAction,
  rows: readonly StageRow[],
  parts: StageParts,
  events: Events,
): Promise<CompletedAction> {
  const passage = new Passage(action);
  let outcome: Outcome | undefined;
  for (const row of rows) {
    if (outcome !== undefined && !row.always) continue;
    try {
      const ended = row.run(passage, parts, outcome);
      const result = ended instanceof Promise ? await ended : ended;
      if (result !== undefined) outcome = result;
    } catch (thrown) {
      const ended = outcomeOfThrown(passage, thrown, ON_FAULT[row.onThrow]);
      if (ended.isFault) events.failedClosed({ action: action.id, stage: row.name, error: thrown });
      if (row.onThrow === 'withheld') passage.reply = undefined;
      outcome = ended.outcome;
    }
  }
  outcome ??= { kind: 'succeeded' };
  passage.streaming?.sink.end(outcome);
  report(passage, outcome, events);
  return complete(passage, outcome);
}

/** What a fault ends as, by when it happened. */
const ON_FAULT: Readonly<Record<StageRow['onThrow'], Outcome>> = {
  refused: {
    kind: 'failed_closed',
    code: 'fail_closed',
    message: 'the decision could not be made or recorded, so nothing was done',
  },
  upstream_failed: { kind: 'upstream_failed', code: 'upstream_failed', message: 'the upstream failed' },
  withheld: {
    kind: 'failed_closed',
    code: 'fail_closed',
    message: 'the answer could not be inspected or recorded, so it is withheld',
  },
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
