import type { ApprovalId } from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import type { PayloadStore } from '../audit/index.ts';
import { ReeveError } from '../lib/index.ts';
import { type Approval, agreed, type Decider, type Vote, withVote } from './approval.ts';
import type { ApprovalBook, LiveApproval } from './approval-book.ts';
import { type ApprovalLog, noticeOf } from './approval-log.ts';
import { type ApprovalStore, castVote, decideApproval, endApproval } from './approval-store.ts';
import type { Decision, EditedContent, GrantMade } from './decision.ts';
import { editContent } from './edit-content.ts';
import type { Grants } from './grants.ts';
import { grantMade } from './make-grant.ts';
import { alreadyDecided, noApproval, whyNot } from './why-not.ts';

const MAX_QUEUED_DECISIONS = 200;

export interface DecidingParts {
  readonly book: ApprovalBook;
  readonly store: ApprovalStore;
  readonly grants: Grants;
  readonly log: ApprovalLog;
  readonly payloads: Pick<PayloadStore, 'keep' | 'read'>;
  readonly people: ApproverDirectory;
  readonly fleetVersion: (workspace: string) => string | undefined;
  readonly checkArguments: CheckArguments;
  readonly now: () => number;
}

/** Who people are, as far as approvals must know. */
export interface ApproverDirectory {
  /** Whether an operator made this person an approver of the workspace. */
  isApprover(workspace: string, address: string): boolean;
  /** Whether everything by which this person could prove themselves was taken back. */
  isRevoked(workspace: string, address: string): boolean;
}

/** What is wrong with arguments, in words, or undefined. */
export type CheckArguments = (
  approval: Pick<Approval, 'workspace' | 'agent' | 'target'>,
  args: Readonly<Record<string, unknown>>,
) => string | undefined | Promise<string | undefined>;

/** What people say of approvals. One decision at a time for each, and the first that decides is the one that counts. */
export class Deciding {
  readonly #parts: DecidingParts;

  constructor(parts: DecidingParts) {
    this.#parts = parts;
  }

  async decide(workspace: string, id: ApprovalId, by: Decider, decision: Decision): Promise<Approval> {
    const live = this.#parts.book.get(id);
    if (live === undefined || live.approval.workspace !== workspace || live.opening)
      throw await this.#past(workspace, id);
    if (live.queued >= MAX_QUEUED_DECISIONS)
      throw new ReeveError('overloaded', 'too many people are deciding on this at once', { retryAfterSeconds: 1 });
    live.queued++;
    while (live.deciding !== undefined) await live.deciding;
    // INVARIANT: nothing is awaited between finding the place free and taking it.
    live.queued--;
    const work = this.#decide(live, by, decision);
    live.deciding = work.catch(() => undefined);
    try {
      return await work;
    } finally {
      live.deciding = undefined;
    }
  }

  async #past(workspace: string, id: string): Promise<ReeveError> {
    const past = await this.#parts.store.one(workspace, id);
    if (past === undefined) return noApproval(workspace, id);
    const ranOut = past.state === 'pending' && past.expiresAtMs <= this.#parts.now();
    return alreadyDecided(ranOut ? { ...past, state: 'expired' } : past);
  }

  async #decide(live: LiveApproval, by: Decider, decision: Decision): Promise<Approval> {
    const { approval } = live;
    const { people, book } = this.#parts;
    const not = whyNot({ approval, by, decision, people, isOver: book.isOver(live) });
    if (not !== undefined) throw not;
    if (decision.verdict === 'deny') return this.#deny(live, by, decision.reason);
    if (this.#parts.fleetVersion(approval.workspace) !== approval.fleetVersion) return this.#outdated(live);
    const edited = await this.#edited(approval, by, decision.args);
    return this.#approve(live, by, decision, edited);
  }

  async #deny(live: LiveApproval, by: Decider, reason: string): Promise<Approval> {
    const { approval } = live;
    const vote = this.#vote(approval, by, 'deny', reason);
    const next: Approval = { ...approval, state: 'denied', reason, decidedAtMs: vote.atMs };
    return this.#commit(live, next, vote, [decided(next, vote, {})]);
  }

  async #approve(
    live: LiveApproval,
    by: Decider,
    decision: Extract<Decision, { verdict: 'approve' }>,
    edited: EditedContent | undefined,
  ): Promise<Approval> {
    const { approval } = live;
    const changed =
      edited === undefined ? {} : { argsDigest: edited.argsDigest, content: edited.ref.id, edited: true as const };
    const calls = Math.min(decision.count ?? 1, approval.requests);
    const vote = { ...this.#vote({ ...approval, ...changed }, by, 'approve', decision.reason), calls };
    const votes = withVote(approval.votes, vote);
    const candidate: Approval = { ...approval, ...changed, votes };
    const agreeing = agreed(candidate);
    const enough = agreeing.length >= approval.terms.quorum;
    const next: Approval = enough
      ? {
          ...candidate,
          state: 'approved',
          decidedAtMs: vote.atMs,
          uses: Math.min(...agreeing.map((one) => one.calls)),
        }
      : candidate;
    const grant = decision.grant && grantMade(decision.grant, { approval, by, nowMs: vote.atMs, ...this.#parts });
    const entries = [decided(next, vote, edited === undefined ? {} : { edited: edited.ref })];
    return this.#commit(live, next, vote, entries, { edited, grant: await grant });
  }

  async #commit(
    live: LiveApproval,
    next: Approval,
    vote: Vote,
    entries: readonly EntryBody[],
    { edited, grant }: { edited?: EditedContent | undefined; grant?: GrantMade | undefined } = {},
  ): Promise<Approval> {
    const { log, now } = this.#parts;
    const { approval } = live;
    const kind = next.state === 'pending' ? 'voted' : next.state === 'approved' ? 'approved' : 'denied';
    const notice = noticeOf(kind, { ...next, votes: withVote(approval.votes, vote) }, vote.atMs, { by: vote.by });
    const extra = [edited?.statement, grant?.statement].filter((one) => one !== undefined);
    try {
      await log.write(
        notice,
        [...entries, ...(grant === undefined ? [] : [grant.entry])],
        [decideApproval(next, now()), castVote(next, vote), ...extra],
      );
    } catch (error) {
      if (!(error instanceof ReeveError) || error.code !== 'conflict') throw error;
      throw await this.#past(approval.workspace, approval.id);
    }
    // The count of equal requests may have grown meanwhile; everything else is as it was decided.
    Object.assign(approval, { ...next, requests: approval.requests, votes: withVote(approval.votes, vote) });
    if (edited !== undefined) live.args = edited.args;
    grant?.made();
    log.told(notice);
    return { ...approval };
  }

  async #edited(
    approval: Approval,
    by: Decider,
    args: Readonly<Record<string, unknown>> | undefined,
  ): Promise<EditedContent | undefined> {
    if (args === undefined) return undefined;
    return editContent(approval, by, args, this.#parts);
  }

  /** Whoever approves now would approve under rules that no longer hold. */
  async #outdated(live: LiveApproval): Promise<never> {
    const { book, log, now } = this.#parts;
    const { approval } = live;
    const nowMs = now();
    const { workspace, id, agent, target } = approval;
    const next: Approval = { ...approval, state: 'withdrawn' };
    const notice = noticeOf('withdrawn', next, nowMs);
    const why = 'the fleet changed since it was asked';
    const entry: EntryBody = { event: 'approval.withdrawn', workspace, approval: id, agent, target, why };
    await log.write(notice, [entry], [endApproval(approval, 'withdrawn', nowMs)]);
    approval.state = 'withdrawn';
    book.remove(live);
    log.told(notice);
    throw new ReeveError('conflict', `${why}; when the agent calls again, people are asked anew`);
  }

  #vote(approval: Approval, by: Decider, verdict: Vote['verdict'], reason: string | undefined): Vote {
    return { by, verdict, argsDigest: approval.argsDigest, calls: 1, atMs: this.#parts.now(), reason };
  }
}

function decided(
  { workspace, id, agent, target, state, uses }: Approval,
  { by, verdict }: Vote,
  edited: { edited?: EditedContent['ref'] },
): EntryBody {
  return {
    event: 'approval.decided',
    workspace,
    approval: id,
    agent,
    target,
    by: by.id,
    verdict,
    state: state === 'approved' || state === 'denied' ? state : 'pending',
    ...edited,
    ...(state === 'approved' && uses > 1 ? { uses } : {}),
  };
}
