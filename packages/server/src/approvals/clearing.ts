import type { Finding } from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import type { Statement } from '../storage/index.ts';
import type { Approval } from './approval.ts';
import type { ApprovalBook, LiveApproval } from './approval-book.ts';
import type { Clearance, HeldAction, Recalled } from './approval-desk.ts';
import { type ApprovalLog, noticeOf } from './approval-log.ts';
import { countRequest, endApproval, useApproval } from './approval-store.ts';
import type { Grants } from './grants.ts';
import type { OpenApproval } from './open-approval.ts';
import { whyVoid } from './why-void.ts';

/** Equal requests that one question may answer. */
const MAX_EQUAL = 1_000;

export interface ClearingParts {
  readonly book: ApprovalBook;
  readonly grants: Grants;
  readonly log: ApprovalLog;
  readonly open: OpenApproval;
  /** Which of the people who agreed may still approve, now and for this call. */
  readonly standing: (approval: Approval, held: HeldAction) => number;
  /** Of the fleet in force, which may be another than the one that the call was judged under. */
  readonly fleetVersion: (workspace: string) => string | undefined;
  /** What the store says of it, where a use of it failed. */
  readonly refresh: (approval: Approval) => void;
  readonly now: () => number;
}

interface Replaced {
  readonly why: string;
  readonly statements: readonly Statement[];
  readonly entries: readonly EntryBody[];
  tell(): void;
}

/** What became of a held call: people let it pass, it waits for them, or they refused it. Synchronous, from memory. */
export class Clearing {
  readonly #parts: ClearingParts;

  constructor(parts: ClearingParts) {
    this.#parts = parts;
  }

  clear(action: HeldAction, recalled: Recalled | undefined): Clearance {
    const held = action.digest === '' ? { ...action, digest: action.argsDigest } : action;
    if (this.#parts.fleetVersion(held.workspace) !== held.fleetVersion) return refused(CHANGED);
    const { book } = this.#parts;
    const live = book.about({ ...held, agent: held.agent.name });
    const approval = live?.approval;
    if (live === undefined || approval === undefined || book.isOver(live)) {
      return recalled === undefined ? this.#ask(held, false) : refused(GONE);
    }
    if (approval.state === 'denied') return refused(denial(approval));
    if (isEditedSince(live, held, recalled)) return this.#edited(live, held);
    const why = whyVoid(approval, held) ?? this.#lostVotes(approval, held);
    if (why !== undefined) return this.#askAnew(live, held, why, recalled?.args !== undefined);
    if (approval.state === 'pending') return this.#join(live, held);
    return this.#pass(live, held);
  }

  /** Judged a moment ago with other arguments than people now agree to: their answer stands, for the next call. */
  #edited(live: LiveApproval, held: HeldAction): Clearance {
    const { state, used, uses } = live.approval;
    if (state === 'pending') return this.#join(live, held);
    return refused(live.claims + used < uses ? AGAIN : GONE);
  }

  #lostVotes(approval: Approval, held: HeldAction): string | undefined {
    if (approval.state !== 'approved' || this.#parts.standing(approval, held) >= approval.terms.quorum)
      return undefined;
    return 'a person who approved it may no longer do so';
  }

  #pass(live: LiveApproval, held: HeldAction): Clearance {
    const { approval } = live;
    if (live.claims + approval.used >= approval.uses) return refused(GONE);
    const { id, workspace, agent, target } = approval;
    const finding: Finding = {
      by: 'approval',
      verdict: 'allow',
      message: 'people approved exactly this call',
      rule: id,
    };
    if (held.dryRun)
      return { kind: 'released', by: id, finding, statements: [], entries: [], settled: () => undefined };
    live.claims++;
    const nowMs = this.#parts.now();
    return {
      kind: 'released',
      by: id,
      finding,
      statements: [useApproval(approval, held.action, nowMs)],
      entries: [{ event: 'approval.used', workspace, approval: id, agent, target, action: held.action }],
      settled: (intended) => this.#settled(live, intended),
    };
  }

  #settled(live: LiveApproval, intended: boolean): void {
    const { approval } = live;
    live.claims--;
    if (!intended) {
      this.#parts.refresh(approval);
      return;
    }
    approval.used++;
    if (approval.used < approval.uses) return;
    approval.state = 'used';
    this.#parts.book.remove(live);
    this.#parts.log.told(noticeOf('used', approval, this.#parts.now()));
  }

  /** The same question is asked once, however often the call comes. */
  #join(live: LiveApproval, held: HeldAction): Clearance {
    const { approval } = live;
    const isAnother = !held.dryRun && this.#isAnother(live, held);
    if (isAnother) {
      live.runs.add(held.run);
      approval.requests++;
    }
    return {
      kind: 'waits',
      approval: approval.id,
      finding: waiting(approval, held),
      statements: isAnother ? [countRequest(approval)] : [],
      entries: [],
      settled: () => undefined,
    };
  }

  #isAnother({ approval, runs }: LiveApproval, { run }: HeldAction): boolean {
    const { requestedAtMs, requests, terms } = approval;
    return !runs.has(run) && requests < MAX_EQUAL && this.#parts.now() < requestedAtMs + terms.batchMs;
  }

  #ask(held: HeldAction, edited: boolean, replaced?: Replaced): Clearance {
    const use = replaced === undefined ? this.#parts.grants.take(held) : undefined;
    if (use !== undefined) {
      const { id } = use.grant;
      const finding: Finding = { by: 'approval', verdict: 'allow', message: 'a grant covers this call', rule: id };
      const [statements, entries] = held.dryRun ? [[], []] : [[use.statement], [use.entry]];
      return { kind: 'released', by: id, finding, statements, entries, settled: use.settled };
    }
    if (held.dryRun) return refused({ ...hold('a person would be asked', held), verdict: 'hold' });
    const opened = this.#parts.open.open(held, edited);
    if ('refusal' in opened) return refused(opened.refusal);
    const { approval, statements, entries } = opened;
    const live = this.#parts.book.add(approval, true);
    if (edited) live.args = held.args;
    const notice = noticeOf('requested', approval, approval.requestedAtMs);
    return {
      kind: 'waits',
      approval: approval.id,
      finding: waiting(approval, held, replaced?.why),
      statements: [...(replaced?.statements ?? []), ...statements, ...this.#parts.log.statements(notice)],
      entries: [...(replaced?.entries ?? []), ...entries],
      settled: (recorded) => {
        live.opening = false;
        replaced?.tell();
        if (recorded) this.#parts.log.told(notice);
        else this.#parts.book.remove(live);
      },
    };
  }

  /** What people saw is no longer so: their answer does not count, and they are asked again. */
  #askAnew(live: LiveApproval, held: HeldAction, why: string, edited: boolean): Clearance {
    const { book, log, now } = this.#parts;
    const { approval } = live;
    if (held.dryRun)
      return refused({
        ...hold(`the approval before is void, as ${why}; a person would be asked`, held),
        verdict: 'hold',
      });
    const nowMs = now();
    approval.state = 'withdrawn';
    book.remove(live);
    const notice = noticeOf('withdrawn', approval, nowMs);
    const { id, workspace, agent, target } = approval;
    return this.#ask(held, edited, {
      why,
      statements: [endApproval(approval, 'withdrawn', nowMs), ...log.statements(notice)],
      entries: [{ event: 'approval.withdrawn', workspace, approval: id, agent, target, why }],
      tell: () => log.told(notice),
    });
  }
}

const GONE = refusal('approval_required', 'the approval was used by another call; call again to ask for a new one');
const CHANGED = refusal(
  'approval_required',
  'the fleet changed while this call was judged; make the identical call again to have it judged by the new one',
);
const AGAIN = refusal(
  'approval_required',
  'an approver edited the arguments a moment ago; make the identical call again',
);

function isEditedSince({ approval, args }: LiveApproval, held: HeldAction, recalled: Recalled | undefined): boolean {
  return approval.edited && recalled?.args !== args && approval.fleetVersion === held.fleetVersion;
}

function refused(finding: Finding): Clearance {
  return { kind: 'refused', finding };
}

function refusal(code: 'approval_required' | 'approval_denied', message: string): Finding {
  return { by: 'approval', verdict: 'deny', code, message };
}

function denial({ id, reason }: Approval): Finding {
  const why = reason === undefined ? 'without a reason' : `with the reason ${JSON.stringify(reason)}`;
  return { ...refusal('approval_denied', `a person refused this call (${id}), ${why}`), rule: id };
}

function waiting(approval: Approval, held: HeldAction, replaced?: string): Finding {
  const before = replaced === undefined ? '' : `the approval before is void, as ${replaced}; `;
  const until = new Date(approval.expiresAtMs).toISOString();
  const next = `${approval.id} waits for people until ${until}; make the identical call again once it is approved`;
  return { ...hold(`${before}${next}`, held), rule: approval.id };
}

/** Says first why it is held at all. */
function hold(message: string, { findings }: HeldAction): Finding {
  const why = findings.find(({ verdict }) => verdict === 'hold')?.message;
  return {
    by: 'approval',
    verdict: 'hold',
    code: 'approval_required',
    message: why === undefined ? message : `${why}; ${message}`,
    waitsFor: 'person',
  };
}
