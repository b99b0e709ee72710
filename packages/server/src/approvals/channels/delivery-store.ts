import { randomBytes } from 'node:crypto';
import type { SqlRow, Statement, Storage } from '../../storage/index.ts';
import type { NoticeKind } from '../approval-notice.ts';
import type { ChannelPlace, Delivery } from './channel.ts';

const INSERT = `INSERT INTO approval_delivery (id, workspace, approval, kind, object, channel, recipient, created_at, state, attempts, next_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?)`;
// A channel hears of one approval in order: what comes later waits for what is still on its way.
const DUE = `SELECT d.seq, d.id, d.workspace, d.approval, d.kind, d.object, d.channel, d.recipient, d.created_at, d.attempts,
    (SELECT f.reference FROM approval_delivery f WHERE f.workspace = d.workspace AND f.approval = d.approval AND f.object = d.object
      AND f.channel = d.channel AND f.recipient = d.recipient AND f.reference IS NOT NULL ORDER BY f.seq LIMIT 1) AS first
  FROM approval_delivery d WHERE d.state = 'waiting' AND d.next_at <= ? AND NOT EXISTS (
    SELECT 1 FROM approval_delivery e WHERE e.workspace = d.workspace AND e.approval = d.approval AND e.object = d.object
      AND e.channel = d.channel AND e.recipient = d.recipient AND e.state = 'waiting' AND e.seq < d.seq)
  ORDER BY d.seq LIMIT ?`;
const NEXT = "SELECT MIN(next_at) AS next FROM approval_delivery WHERE state = 'waiting'";
const END = 'UPDATE approval_delivery SET state = ?, attempts = ?, reference = ? WHERE id = ?';
const RETRY = 'UPDATE approval_delivery SET attempts = ?, next_at = ? WHERE id = ?';
const FORGET = "DELETE FROM approval_delivery WHERE state <> 'waiting' AND created_at < ?";
const ONCE = 'INSERT INTO approval_once (token, until) VALUES (?, ?) ON CONFLICT (token) DO NOTHING';
const FORGET_ONCE = 'DELETE FROM approval_once WHERE until < ?';

export interface DueDelivery extends Delivery {
  readonly approval: string;
  readonly attempts: number;
}

interface Row extends SqlRow {
  id: string;
  workspace: string;
  approval: string;
  kind: string;
  object: string;
  channel: number;
  recipient: string;
  created_at: number;
  attempts: number;
  first: string | null;
}

/** What is to be told, to whom, and what was told. */
export class DeliveryStore {
  readonly #storage: Pick<Storage, 'read' | 'write'>;

  constructor(storage: Pick<Storage, 'read' | 'write'>) {
    this.#storage = storage;
  }

  async due(nowMs: number, limit: number): Promise<DueDelivery[]> {
    return (await this.#storage.read<Row>(DUE, [nowMs, limit])).map(toDelivery);
  }

  /** When the next one is due; undefined where none waits. */
  async nextAtMs(): Promise<number | undefined> {
    const [row] = await this.#storage.read<{ next: number | null }>(NEXT);
    return row?.next === null || row === undefined ? undefined : Number(row.next);
  }

  async end(id: string, state: 'sent' | 'failed' | 'dropped', attempts: number, reference?: string): Promise<void> {
    await this.#storage.write([{ sql: END, params: [state, attempts, reference ?? null, id] }], 'process');
  }

  async retry(id: string, attempts: number, nextAtMs: number): Promise<void> {
    await this.#storage.write([{ sql: RETRY, params: [attempts, nextAtMs, id] }], 'process');
  }

  async forget(beforeMs: number, nowMs: number): Promise<void> {
    await this.#storage.write(
      [
        { sql: FORGET, params: [beforeMs] },
        { sql: FORGET_ONCE, params: [nowMs] },
      ],
      'process',
    );
  }

  /** Whether this is the first use of a token; afterwards it never is again. */
  async firstUse(token: string, untilMs: number): Promise<boolean> {
    return (await this.#storage.write([{ sql: ONCE, params: [token, untilMs], expect: 1 }], 'power')).ok;
  }
}

export function insertDelivery(
  { workspace, object, channel }: ChannelPlace,
  message: { approval: string; kind: NoticeKind; recipient: string; atMs: number },
): Statement {
  const { approval, kind, recipient, atMs } = message;
  const id = `msg_${randomBytes(16).toString('base64url')}`;
  return { sql: INSERT, params: [id, workspace, approval, kind, object, channel, recipient, atMs, atMs] };
}

function toDelivery(row: Row): DueDelivery {
  return {
    id: row.id,
    workspace: row.workspace,
    approval: row.approval,
    kind: row.kind as NoticeKind,
    object: row.object,
    channel: Number(row.channel),
    recipient: row.recipient,
    createdAtMs: Number(row.created_at),
    attempts: Number(row.attempts),
    first: row.first ?? undefined,
  };
}
