import type { Agent, Decision, Finding, NanoUsd, Outcome, OutcomeKind, Usage } from '@reeve/contracts';
import type { Identity } from '../access/index.ts';
import type { Clearance, Recalled } from '../approvals/index.ts';
import type { Reservation } from '../budgets/index.ts';
import { must } from '../lib/index.ts';
import type { Fleet } from '../registry/index.ts';
import type { RiskAssessment } from '../risk/index.ts';
import type { JoinedBy, RunRef, Thread } from '../traces/index.ts';
import type {
  DecidedAction,
  Execution,
  IdentifiedAction,
  ProposedAction,
  Settled,
  StreamReply,
  Target,
  WholeReply,
} from './action.ts';
import type { IdempotencyAnswer, IdempotencyHandle } from './idempotency/index.ts';

/**
 * One action's way through the pipeline: what each stage found out for the next. Fields are filled in the order of the stages and
 * never change afterwards; a stage reads only what stages before it have filled.
 */
export class Passage {
  readonly action: ProposedAction;
  readonly findings: Finding[] = [];
  /** Aborts execution: the caller went away, or a person stopped something. */
  readonly controller = new AbortController();

  // identify
  identity: Identity | undefined;
  agent: Agent | undefined;
  fleet: Fleet | undefined;
  run: RunRef | undefined;
  lineage: readonly string[] = [];
  /** Why it is in this run, where its caller did not say. */
  joinedBy: JoinedBy | undefined;
  /** The conversation of a model call whose caller named no run. */
  thread: Thread | undefined;
  // admit
  target: Target | undefined;
  reservation: Reservation | undefined;
  unwatch: (() => void) | undefined;
  // recall
  /** Of the call as the caller proposed it. */
  proposedDigest = '';
  recalled: Recalled | undefined;
  /** The request as the caller sent it, where it has an idempotency key. */
  proposedBytes: Uint8Array | undefined;
  // assess
  assessment: RiskAssessment | undefined;
  // clear
  clearance: Clearance | undefined;
  /** Holds the idempotency key of this action until its reply is stored. */
  once: IdempotencyHandle | undefined;
  /** What an earlier call with this idempotency key leaves to say. */
  repeated: Exclude<IdempotencyAnswer, { kind: 'new' }> | undefined;
  // decide
  decision: Decision | undefined;
  decidedAtMs: number | undefined;
  // record-intent
  intended = false;
  replayed = false;
  // execute
  execution: Execution | undefined;
  executedAtMs: number | undefined;
  // inspect-result
  reply: WholeReply | undefined;
  streaming: StreamReply | undefined;
  replyBytes: Uint8Array | undefined;
  replyLength = 0;
  // settle
  settled: Settled | undefined;
  usage: Usage | undefined;
  costNanoUsd: NanoUsd = 0;

  constructor(action: ProposedAction) {
    this.action = action;
  }

  identified(): IdentifiedAction {
    return {
      ...this.action,
      identity: must(this.identity, 'identity'),
      agent: must(this.agent, 'agent'),
      fleet: must(this.fleet, 'fleet'),
      run: must(this.run, 'run'),
      target: must(this.target, 'target'),
      signal: this.controller.signal,
    };
  }

  decided(): DecidedAction {
    return { ...this.identified(), decision: must(this.decision, 'decision'), reservation: this.reservation };
  }

  /** 0 to 100; 0 where no rule is in force. */
  get risk(): number {
    return this.assessment?.score ?? 0;
  }

  /** A contributor's statement joins the decision, and if it denies, ends the action. */
  refuse(kind: OutcomeKind, finding: Finding): Outcome {
    this.findings.push(finding);
    return outcomeOf(kind, finding);
  }
}

export function outcomeOf(kind: OutcomeKind, finding: Finding): Outcome {
  return {
    kind,
    code: finding.code ?? 'policy_denied',
    message: finding.message,
    ...(finding.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: finding.retryAfterSeconds }),
  };
}
