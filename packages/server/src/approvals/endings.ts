import { makeId } from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import type { Storage } from '../storage/index.ts';
import type { Approval } from './approval.ts';
import type { ApprovalBook, LiveApproval } from './approval-book.ts';
import { type ApprovalLog, type Ending, noticeOf } from './approval-log.ts';
import { type ApprovalStore, endApproval, escalateApproval, sweepApprovals } from './approval-store.ts';

const MAX_AT_ONCE = 200;
const MAX_ROUNDS = 1_000;
/** Names of people and their reasons are kept no longer than decisions are looked back at. */
const KEPT_MS = 90 * 86_400_000;
const SWEEP_EVERY_MS = 3_600_000;
const SWEEP_ROWS = 500;
const NO_RANDOM = new Uint8Array(10);

export interface EndingsParts {
  readonly book: ApprovalBook;
  readonly storage: Pick<Storage, 'write'>;
  readonly store: ApprovalStore;
  readonly log: ApprovalLog;
  readonly onFault: (message: string, error: unknown) => void;
  readonly now: () => number;
}

/** What time and new fleets do to approvals. What could not be written down is tried again at the next tick. */
export class Endings {
  readonly #parts: EndingsParts;
  #ticking: Promise<void> | undefined;
  /** Something that ran out could not be written down. */
  #behind = false;
  #sweptAtMs = 0;

  constructor(parts: EndingsParts) {
    this.#parts = parts;
  }

  /** Ends what ran out while the process was down. */
  async recover(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const overdue = await this.#parts.store.overdue(this.#parts.now(), MAX_AT_ONCE);
      await this.#expire(overdue);
      if (overdue.length < MAX_AT_ONCE) return;
    }
  }

  /** One at a time, and again and again. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tick()
      .catch((error: unknown) => {
        this.#behind = true;
        this.#parts.onFault('approvals could not be ended or escalated', error);
      })
      .finally(() => {
        this.#ticking = undefined;
      });
    return this.#ticking;
  }

  /** A new fleet is in force: what was asked under another one is asked anew when the agent calls again. */
  withdrawOutdated(workspace: string, version: string): Promise<void> {
    const outdated = [...this.#parts.book.values()].filter(
      ({ approval, opening }) =>
        approval.workspace === workspace &&
        approval.state === 'pending' &&
        approval.fleetVersion !== version &&
        !opening,
    );
    for (const live of outdated) {
      live.approval.state = 'withdrawn';
      this.#parts.book.remove(live);
    }
    return this.#withdraw(outdated).catch((error: unknown) =>
      this.#parts.onFault('approvals of an older fleet could not be withdrawn', error),
    );
  }

  async #withdraw(outdated: readonly LiveApproval[]): Promise<void> {
    const { log, now } = this.#parts;
    for (let first = 0; first < outdated.length; first += MAX_AT_ONCE) {
      const nowMs = now();
      const endings = outdated.slice(first, first + MAX_AT_ONCE).map(({ approval }) => withdrawal(approval, nowMs));
      await log.writeAll(endings);
      for (const { notice } of endings) log.told(notice);
    }
  }

  async #tick(): Promise<void> {
    const { book, now } = this.#parts;
    const nowMs = now();
    if (this.#behind) {
      await this.recover();
      this.#behind = false;
    }
    if (nowMs >= this.#sweptAtMs + SWEEP_EVERY_MS) await this.#sweep(nowMs);
    const due = [...book.values()].filter(
      (live) => !live.opening && (book.isOver(live) || isDue(live.approval, nowMs)),
    );
    const free = due.filter(({ deciding, claims }) => deciding === undefined && claims === 0).slice(0, MAX_AT_ONCE);
    const over = free.filter((live) => book.isOver(live));
    for (const live of over) book.remove(live);
    await this.#expire(over.map(({ approval }) => approval).filter(({ state }) => state !== 'denied'));
    for (const { approval } of free)
      if (approval.state === 'pending' && isDue(approval, nowMs)) await this.#escalate(approval, nowMs);
  }

  async #sweep(nowMs: number): Promise<void> {
    const before = makeId('approval', Math.max(0, nowMs - KEPT_MS), NO_RANDOM);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const result = await this.#parts.storage.write(sweepApprovals(before, nowMs, SWEEP_ROWS), 'process');
      if (!result.ok || (result.changes[1] ?? 0) < SWEEP_ROWS) break;
    }
    this.#sweptAtMs = nowMs;
  }

  async #expire(approvals: readonly Approval[]): Promise<void> {
    if (approvals.length === 0) return;
    const { log, now } = this.#parts;
    const nowMs = now();
    const endings = approvals.map((approval) => expiry(approval, nowMs));
    await log.writeAll(endings);
    for (const approval of approvals) approval.state = 'expired';
    for (const { notice } of endings) log.told(notice);
  }

  async #escalate(approval: Approval, nowMs: number): Promise<void> {
    const { workspace, id, agent, target, terms } = approval;
    const escalated = terms.escalations.filter(({ atMs }) => atMs <= nowMs).length;
    const to = terms.escalations.slice(approval.escalated, escalated).flatMap((step) => step.to);
    const next: Approval = { ...approval, escalated };
    const notice = noticeOf('escalated', next, nowMs, { to });
    const entry: EntryBody = { event: 'approval.escalated', workspace, approval: id, agent, target, people: to.length };
    await this.#parts.log.write(notice, [entry], [escalateApproval(next)]);
    approval.escalated = escalated;
    this.#parts.log.told(notice);
  }
}

function expiry(approval: Approval, nowMs: number): Ending {
  const { workspace, id, agent, target } = approval;
  return {
    notice: noticeOf('expired', { ...approval, state: 'expired' }, nowMs),
    entry: { event: 'approval.expired', workspace, approval: id, agent, target },
    statement: endApproval(approval, 'expired', nowMs),
  };
}

function withdrawal(approval: Approval, nowMs: number): Ending {
  const { workspace, id, agent, target } = approval;
  const why = 'the fleet changed since it was asked';
  return {
    notice: noticeOf('withdrawn', approval, nowMs),
    entry: { event: 'approval.withdrawn', workspace, approval: id, agent, target, why },
    statement: endApproval(approval, 'withdrawn', nowMs),
  };
}

/** Whether more people are to be asked. */
function isDue({ state, terms, escalated }: Approval, nowMs: number): boolean {
  const next = terms.escalations[escalated];
  return state === 'pending' && next !== undefined && next.atMs <= nowMs;
}
