import type { ActionId, PayloadId } from '@reeve/contracts';
import { newId, ReeveError } from '../lib/index.ts';
import type { SqlRow, Statement, Storage } from '../storage/index.ts';
import type { Ledger } from './ledger.ts';
import type { PayloadCipher } from './payload-cipher.ts';

const INSERT_PAYLOAD =
  'INSERT INTO ledger_payload (id, workspace, action, part, size, sealed, keep_until) VALUES (?, ?, ?, ?, ?, ?, ?)';
const READ_PAYLOAD = 'SELECT action, part, size, sealed, keep_until FROM ledger_payload WHERE workspace = ? AND id = ?';
const ERASE_PAYLOAD = 'DELETE FROM ledger_payload WHERE workspace = ? AND id = ?';
const SWEEP_PAYLOADS =
  'DELETE FROM ledger_payload WHERE id IN (SELECT id FROM ledger_payload WHERE keep_until < ? ORDER BY keep_until LIMIT ?)';

/** Content above this is in the ledger by digest and size only. */
const MAX_KEPT_BYTES = 256 * 1024;
const SWEEP_ROWS = 500;
const MAX_SWEEP_UNITS = 1_000;

export type PayloadPart = 'request' | 'reply';

export interface PayloadToKeep {
  readonly workspace: string;
  readonly action: ActionId;
  readonly part: PayloadPart;
  readonly bytes: Uint8Array;
  readonly keepUntilMs: number;
}

/** `id`, `digest` and `size` go into the entry, `statement` into the same append. */
export interface KeptPayload {
  readonly id: PayloadId;
  readonly digest: string;
  readonly size: number;
  readonly statement: Statement;
}

export interface Payload {
  readonly action: ActionId;
  readonly part: PayloadPart;
  readonly size: number;
  /** Undefined where it was too large to keep. */
  readonly bytes: Uint8Array | undefined;
  /** With it, the digest in the ledger can be recomputed: SHA-256 over salt, then bytes. */
  readonly digestSalt: Uint8Array;
  readonly keepUntilMs: number;
}

interface PayloadRow extends SqlRow {
  action: string;
  part: string;
  size: number;
  sealed: Uint8Array;
  keep_until: number;
}

/** Contents of actions: encrypted, each under its own key, with an end date. Erasing one leaves the ledger's proofs intact. */
export class PayloadStore {
  readonly #storage: Storage;
  readonly #ledger: Pick<Ledger, 'append'>;
  readonly #cipher: PayloadCipher;
  readonly #now: () => number;

  constructor(parts: {
    readonly storage: Storage;
    readonly ledger: Pick<Ledger, 'append'>;
    readonly cipher: PayloadCipher;
    readonly now?: () => number;
  }) {
    this.#storage = parts.storage;
    this.#ledger = parts.ledger;
    this.#cipher = parts.cipher;
    this.#now = parts.now ?? Date.now;
  }

  keep({ workspace, action, part, bytes, keepUntilMs }: PayloadToKeep): KeptPayload {
    const id = newId('payload', this.#now());
    const size = bytes.length;
    const { digest, sealed } = this.#cipher.seal(bytes, binding(workspace, id, action, part), size <= MAX_KEPT_BYTES);
    const params = [id, workspace, action, part, size, sealed, keepUntilMs];
    return { id, digest, size, statement: { sql: INSERT_PAYLOAD, params } };
  }

  /** Undefined where it was erased, has run out, or is another workspace's. */
  async read(workspace: string, id: string): Promise<Payload | undefined> {
    const [row] = await this.#storage.read<PayloadRow>(READ_PAYLOAD, [workspace, id]);
    if (row === undefined || row.keep_until < this.#now()) return undefined;
    const { bytes, digestSalt } = this.#cipher.open(row.sealed, binding(workspace, id, row.action, row.part));
    const keepUntilMs = row.keep_until;
    return {
      action: row.action as ActionId,
      part: row.part as PayloadPart,
      size: row.size,
      bytes,
      digestSalt,
      keepUntilMs,
    };
  }

  /** Erases one payload before its time and records that. Throws `not_found`. */
  async erase(workspace: string, id: string, by: string): Promise<void> {
    const [row] = await this.#storage.read<PayloadRow>(READ_PAYLOAD, [workspace, id]);
    if (row === undefined) throw new ReeveError('not_found', 'there is no payload of this id');
    const statement = { sql: ERASE_PAYLOAD, params: [workspace, id], expect: 1 };
    await this.#ledger.append(
      [{ event: 'payload.erased', workspace, payload: id, action: row.action, by }],
      [statement],
      'power',
    );
  }

  /** Deletes what has run out, in small units. Answers how many. */
  async sweep(): Promise<number> {
    let swept = 0;
    for (let unit = 0; unit < MAX_SWEEP_UNITS; unit++) {
      const statement = { sql: SWEEP_PAYLOADS, params: [this.#now(), SWEEP_ROWS] };
      const result = await this.#storage.write([statement], 'process');
      const changes = result.ok ? (result.changes[0] ?? 0) : 0;
      swept += changes;
      if (changes < SWEEP_ROWS) break;
    }
    return swept;
  }
}

/** Ties the ciphertext to its row, so that rows cannot be exchanged for one another. */
function binding(workspace: string, id: string, action: string, part: string): string {
  return [workspace, id, action, part].join('\n');
}
