import type { EntryBody } from '@reeve/ledger';
import type { Statement } from '../storage/index.ts';
import type { Approval } from './approval.ts';
import type { ApprovalFeed } from './approval-feed.ts';
import type { ApprovalNotice, ApprovalOutbox } from './approval-notice.ts';
import type { ApprovalWaiters } from './approval-waiters.ts';

export interface ApprovalLogParts {
  readonly ledger: {
    append(entries: readonly EntryBody[], also: readonly Statement[], durability: 'power'): Promise<unknown>;
  };
  readonly outbox: ApprovalOutbox;
  readonly feed: ApprovalFeed;
  readonly waiters: ApprovalWaiters;
  readonly meter: ApprovalMeter;
}

/** What ends an approval that nobody decided. */
export interface Ending {
  readonly notice: ApprovalNotice;
  readonly entry: EntryBody;
  readonly statement: Statement;
}

/** Counts for operators. */
export interface ApprovalMeter {
  approvalNoticed(event: { kind: string; waitMs: number | undefined }): void;
}

/** One way for everything that happens to approvals: on record first, then told. */
export class ApprovalLog {
  readonly #parts: ApprovalLogParts;

  constructor(parts: ApprovalLogParts) {
    this.#parts = parts;
  }

  /** What joins the unit of a notice, for whoever writes it themselves and calls `told` afterwards. */
  statements(notice: ApprovalNotice): readonly Statement[] {
    return this.#parts.outbox.statements(notice);
  }

  async write(notice: ApprovalNotice, entries: readonly EntryBody[], also: readonly Statement[]): Promise<void> {
    await this.#parts.ledger.append(entries, [...also, ...this.statements(notice)], 'power');
  }

  /** Several endings as one unit: a thousand that come at once cost as one. */
  async writeAll(endings: readonly Ending[]): Promise<void> {
    const also = endings.flatMap(({ notice, statement }) => [statement, ...this.statements(notice)]);
    const entries = endings.map(({ entry }) => entry);
    await this.#parts.ledger.append(entries, also, 'power');
  }

  told(notice: ApprovalNotice): void {
    const { outbox, feed, waiters, meter } = this.#parts;
    feed.publish(notice);
    outbox.committed(notice);
    const { approval, kind, atMs } = notice;
    meter.approvalNoticed({ kind, waitMs: DECIDED.has(kind) ? atMs - approval.requestedAtMs : undefined });
    waiters.tell(approval.id, approval.state);
  }
}

const DECIDED: ReadonlySet<ApprovalNotice['kind']> = new Set(['approved', 'denied', 'expired']);

export function noticeOf(
  kind: ApprovalNotice['kind'],
  approval: Approval,
  atMs: number,
  more: Pick<ApprovalNotice, 'by' | 'to'> = {},
): ApprovalNotice {
  return { kind, approval: { ...approval }, atMs, ...more };
}
