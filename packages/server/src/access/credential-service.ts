import type { CredentialId } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import type { Statement, Storage } from '../storage/index.ts';
import { hashSecret, isWellFormedKey, publicIdOf, sameHash } from './agent-key.ts';
import type { AccessLog, Credential, CredentialEvent, IssuedKey } from './credential.ts';
import { CredentialIndex } from './credential-index.ts';
import { type CredentialRow, CredentialStore } from './credential-store.ts';
import type { Identity, PresentedCredential } from './identity.ts';
import { assertIssuable, issueCredential, MAX_KEY_LIFETIME_MS, type NewCredential } from './issue-credential.ts';
import { showCredential } from './show-credential.ts';

const DEFAULT_OVERLAP_MS = 86_400_000;
const MAX_LIVE_KEYS_PER_AGENT = 20;
const MAX_PAGE = 200;
const FLUSH_EVERY_MS = 10_000;
const MAX_FLUSHED_AT_ONCE = 500;
const NOBODY = new Uint8Array(32);

export interface CredentialParts {
  readonly storage: Storage;
  readonly log: AccessLog<CredentialEvent>;
  /** Whether this agent is in the fleet in force: nobody gets a key for nothing. */
  readonly agentExists: (workspace: string, agent: string) => boolean;
  readonly now?: () => number;
  /** How many credentials stay in memory. */
  readonly capacity?: number;
}

export interface Rotation {
  readonly workspace: string;
  readonly id: CredentialId;
  readonly by: string;
  /** How long the old key stays valid; 0 revokes it at once. */
  readonly overlapMs?: number;
}

export type RevokedListener = (credential: {
  readonly workspace: string;
  readonly id: CredentialId;
  readonly reason: string;
}) => void;

/** Agent keys: who a caller is, and how keys come and go. */
export class CredentialService implements AsyncDisposable {
  readonly #store: CredentialStore;
  readonly #index: CredentialIndex;
  readonly #parts: CredentialParts;
  readonly #now: () => number;
  readonly #used = new Set<CredentialRow>();
  readonly #changing = new Set<string>();
  readonly #listeners = new Set<RevokedListener>();
  readonly #timer: NodeJS.Timeout;

  private constructor(parts: CredentialParts) {
    this.#parts = parts;
    this.#store = new CredentialStore(parts.storage);
    this.#index = new CredentialIndex(this.#store, parts.capacity);
    this.#now = parts.now ?? Date.now;
    this.#timer = setInterval(() => void this.flush().catch(() => {}), FLUSH_EVERY_MS);
    this.#timer.unref();
  }

  static async open(parts: CredentialParts): Promise<CredentialService> {
    const service = new CredentialService(parts);
    await service.#index.load(service.#now());
    return service;
  }

  /** Who presents this. Unknown, malformed, expired, revoked and wrong are one answer, after the same work. */
  identify(presented: PresentedCredential): Identity | undefined | Promise<Identity | undefined> {
    const { secret } = presented;
    const id = secret === undefined ? undefined : publicIdOf(secret);
    if (secret === undefined || id === undefined) return undefined;
    const row = this.#index.known(id);
    if (row !== undefined || !isWellFormedKey(secret)) return this.#judge(row, secret, presented);
    const found = this.#index.find(id);
    if (!(found instanceof Promise)) return this.#judge(found, secret, presented);
    return found.then((late) => this.#judge(late, secret, presented));
  }

  /** Why nobody was identified, for operators only: the caller hears one answer. Looks at what is in memory. */
  refusalReason({ secret }: PresentedCredential): string {
    if (secret === undefined) return 'no credential';
    const id = publicIdOf(secret);
    const row = id === undefined ? undefined : this.#index.known(id);
    if (row === undefined) return 'no such credential';
    if (!sameHash(hashSecret(secret), row.hash)) return 'wrong secret of a known credential';
    if (row.revokedAtMs !== undefined) return 'a revoked credential';
    return row.expiresAtMs <= this.#now()
      ? 'an expired credential'
      : 'a credential of an agent that is not in the fleet';
  }

  async create(wanted: NewCredential): Promise<IssuedKey> {
    const { workspace, agent } = wanted;
    if (!this.#parts.agentExists(workspace, agent)) {
      throw new ReeveError('not_found', `there is no agent ${agent}; apply a fleet that has it first`);
    }
    assertIssuable(wanted);
    return this.#alone(`${workspace} ${agent}`, async () => {
      if ((await this.#store.countLive(workspace, agent, this.#now())) >= MAX_LIVE_KEYS_PER_AGENT) {
        throw new ReeveError('conflict', `${agent} has ${MAX_LIVE_KEYS_PER_AGENT} live keys; revoke one first`);
      }
      const { row, key } = issueCredential(wanted, this.#now());
      await this.#append(
        { event: 'key.created', workspace, credential: row.id, agent, by: wanted.by, expiresAtMs: row.expiresAtMs },
        [this.#store.insertion(row)],
      );
      this.#index.add(row);
      return { id: row.id, agent: row.agent, key, expiresAtMs: row.expiresAtMs };
    });
  }

  /** A successor with a full lifetime. The old key works on for the overlap, so that a deployment can change over. */
  async rotate(rotation: Rotation): Promise<IssuedKey> {
    const { workspace, id, by } = rotation;
    const overlapMs = rotation.overlapMs ?? DEFAULT_OVERLAP_MS;
    if (!(overlapMs >= 0 && overlapMs <= MAX_KEY_LIFETIME_MS)) {
      throw new ReeveError('invalid_request', 'the overlap must lie between nothing and the longest lifetime of a key');
    }
    return this.#alone(id, async () => {
      const old = await this.#own(workspace, id);
      this.#requireRotatable(old);
      if (await this.#store.hasSuccessor(workspace, id)) throw new ReeveError('conflict', `${id} was rotated already`);
      const { row, key } = issueCredential(
        { workspace, agent: old.agent, by, note: old.note, rotatedFrom: id },
        this.#now(),
      );
      const endsAtMs = Math.min(old.expiresAtMs, this.#now() + overlapMs);
      const ending = overlapMs === 0 ? this.#store.revocation(old, endsAtMs) : this.#store.expiry(old, endsAtMs);
      await this.#append(
        {
          event: 'key.rotated',
          workspace,
          credential: id,
          agent: old.agent,
          by,
          successor: row.id,
          overlapUntilMs: endsAtMs,
        },
        [this.#store.insertion(row), ending],
      );
      this.#index.add(row);
      if (overlapMs === 0) this.#end(old, endsAtMs, 'rotated');
      else old.expiresAtMs = endsAtMs;
      return { id: row.id, agent: row.agent, key, expiresAtMs: row.expiresAtMs };
    });
  }

  /** At once: the next call is refused and calls under way are ended, even where writing it down then fails. */
  async revoke(wanted: { workspace: string; id: CredentialId; by: string; reason?: string }): Promise<Credential> {
    const { workspace, id, by } = wanted;
    const row = await this.#own(workspace, id);
    const first = row.revokedAtMs === undefined;
    const atMs = row.revokedAtMs ?? this.#now();
    const reason = wanted.reason ?? 'revoked';
    if (first) this.#end(row, atMs, reason);
    await this.#append({ event: 'key.revoked', workspace, credential: id, agent: row.agent, by }, [
      this.#store.revocation(row, atMs),
    ]);
    return showCredential(row, this.#now());
  }

  async get(workspace: string, id: CredentialId): Promise<Credential> {
    return showCredential(await this.#own(workspace, id), this.#now());
  }

  async list(
    workspace: string,
    query: { agent?: string; after?: string; limit?: number } = {},
  ): Promise<{ items: readonly Credential[]; next: string | null }> {
    const limit = Math.min(Math.max(query.limit ?? MAX_PAGE, 1), MAX_PAGE);
    const rows = await this.#store.page(workspace, query.agent, query.after ?? '', limit + 1);
    const nowMs = this.#now();
    const items = rows.slice(0, limit).map((row) => showCredential(this.#index.known(row.id) ?? row, nowMs));
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** Hears of every revocation, in the turn in which it takes effect. Returns how to stop hearing. */
  onRevoked(listener: RevokedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes down when and from where keys were used. */
  async flush(): Promise<void> {
    const rows = [...this.#used].slice(0, MAX_FLUSHED_AT_ONCE);
    if (rows.length === 0) return;
    for (const row of rows) this.#used.delete(row);
    await this.#parts.storage.write(
      rows.map((row) => this.#store.useOf(row)),
      'process',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    while (this.#used.size > 0) await this.flush();
  }

  #judge(row: CredentialRow | undefined, secret: string, presented: PresentedCredential): Identity | undefined {
    const right = sameHash(hashSecret(secret), row?.hash ?? NOBODY);
    if (row === undefined || !right) return undefined;
    const nowMs = this.#now();
    if (row.revokedAtMs !== undefined || row.expiresAtMs <= nowMs) return undefined;
    row.use.note(presented, nowMs);
    this.#used.add(row);
    return { workspace: row.workspace, agent: row.agent, credentialId: row.id };
  }

  #requireRotatable(row: CredentialRow): void {
    if (row.revokedAtMs !== undefined) throw new ReeveError('conflict', `${row.id} is revoked; create a new key`);
    if (row.expiresAtMs <= this.#now()) throw new ReeveError('conflict', `${row.id} is expired; create a new key`);
    if (!this.#parts.agentExists(row.workspace, row.agent)) {
      throw new ReeveError('conflict', `the agent ${row.agent} is no longer in the fleet`);
    }
  }

  /** The row that `identify` judges, of this workspace; another workspace's id is as good as none. */
  async #own(workspace: string, id: CredentialId): Promise<CredentialRow> {
    const known = this.#index.known(id);
    const row = known?.workspace === workspace ? known : await this.#store.one(workspace, id);
    if (row === undefined) throw new ReeveError('not_found', `there is no key ${id}`);
    const newer = this.#index.known(id);
    if (newer !== undefined) return newer;
    this.#index.add(row);
    return row;
  }

  #end(row: CredentialRow, atMs: number, reason: string): void {
    row.revokedAtMs = atMs;
    for (const listener of this.#listeners) listener({ workspace: row.workspace, id: row.id, reason });
  }

  #append(event: CredentialEvent, also: readonly Statement[]): Promise<unknown> {
    return this.#parts.log.append([event], also, 'power');
  }

  /** One change at a time per credential and agent: the second caller is told, not queued. */
  async #alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#changing.has(what)) throw new ReeveError('conflict', 'somebody else is changing this right now');
    this.#changing.add(what);
    try {
      return await work();
    } finally {
      this.#changing.delete(what);
    }
  }
}
