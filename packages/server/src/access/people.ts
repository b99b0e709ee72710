import { type PersonId, type PersonRole, ROLES, type TokenId } from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import { canonicalAddress, newId, ReeveError } from '../lib/index.ts';
import type { Storage } from '../storage/index.ts';
import type { Admin } from './admin-tokens.ts';
import { hashSecret, makePersonToken, sameHash, tokenIdOf } from './agent-key.ts';
import type { AccessLog } from './credential.ts';
import {
  insertPerson,
  insertToken,
  type Person,
  type PersonToken,
  readPersons,
  readTokens,
  revokeToken,
} from './person-store.ts';

const DAY_MS = 86_400_000;
const DEFAULT_LIFETIME_MS = 90 * DAY_MS;
const MAX_LIFETIME_MS = 365 * DAY_MS;
const MAX_LIVE_TOKENS_PER_PERSON = 10;
const MAX_PERSONS = 10_000;
/** Revoked ones count too: they say that somebody was sent away. */
const MAX_TOKENS = 100_000;
const ADDRESS = /^[^@\s]{1,64}@[^@\s]{1,190}$/;
const NOBODY = new Uint8Array(32);

export type TokenEvent = Extract<EntryBody, { event: 'token.created' | 'token.revoked' }>;

export interface NewToken {
  readonly workspace: string;
  readonly address: string;
  readonly role: PersonRole;
  readonly by: string;
  readonly note?: string | undefined;
  readonly lifetimeMs?: number | undefined;
}

export interface ShownToken extends Omit<PersonToken, 'hash'> {
  readonly address: string;
}

/** People as far as they must be known to decide: an address, a role, and tokens to prove it. Sign-in may join them later. */
export class People {
  readonly #storage: Storage;
  readonly #log: AccessLog<TokenEvent>;
  readonly #now: () => number;
  readonly #persons = new Map<PersonId, Person>();
  readonly #byAddress = new Map<string, Promise<Person> | Person>();
  readonly #tokens = new Map<TokenId, PersonToken>();

  constructor({ storage, log, now }: { storage: Storage; log: AccessLog<TokenEvent>; now?: () => number }) {
    this.#storage = storage;
    this.#log = log;
    this.#now = now ?? Date.now;
  }

  async load(): Promise<void> {
    for (const person of await readPersons(this.#storage)) this.#keep(person);
    for (const token of await readTokens(this.#storage)) this.#tokens.set(token.id, token);
  }

  /** Who presents this. Unknown, wrong, expired and revoked are one answer, after the same work. */
  check(bearer: string | undefined): Admin | undefined {
    const id = bearer === undefined ? undefined : tokenIdOf(bearer);
    if (bearer === undefined || id === undefined) return undefined;
    const token = this.#tokens.get(id);
    const right = sameHash(hashSecret(bearer), token?.hash ?? NOBODY);
    if (token === undefined || !right || !this.#isLive(token)) return undefined;
    const { person, workspace, role } = token;
    return {
      subject: person,
      workspace,
      role,
      person: { id: person, name: this.#persons.get(person)?.address ?? person },
    };
  }

  /** The secret is shown once. */
  async createToken(wanted: NewToken): Promise<{ readonly token: ShownToken; readonly secret: string }> {
    const { workspace, role, by, note = '', lifetimeMs = DEFAULT_LIFETIME_MS } = wanted;
    if (!(lifetimeMs > 0 && lifetimeMs <= MAX_LIFETIME_MS))
      throw new ReeveError('invalid_request', `a token lives at most ${MAX_LIFETIME_MS / DAY_MS} days`);
    const person = await this.person(workspace, wanted.address);
    const live = this.#tokensOf(person.id).filter((token) => this.#isLive(token));
    if (live.length >= MAX_LIVE_TOKENS_PER_PERSON)
      throw new ReeveError(
        'conflict',
        `${person.address} has ${MAX_LIVE_TOKENS_PER_PERSON} live tokens; revoke one first`,
      );
    if (this.#tokens.size >= MAX_TOKENS) throw new ReeveError('conflict', `there are ${MAX_TOKENS} tokens`);
    const nowMs = this.#now();
    const id = newId('token', nowMs);
    const secret = makePersonToken(id);
    const expiresAtMs = nowMs + lifetimeMs;
    const token: PersonToken = {
      ...{ id, workspace, person: person.id, role, note, hash: hashSecret(secret) },
      ...{ createdAtMs: nowMs, createdBy: by, expiresAtMs, revokedAtMs: undefined },
    };
    const entry: TokenEvent = {
      event: 'token.created',
      workspace,
      token: id,
      person: person.id,
      by,
      role,
      expiresAtMs,
    };
    await this.#log.append([entry], [insertToken(token)], 'power');
    this.#tokens.set(id, token);
    return { token: this.#shown(token), secret };
  }

  /** At once, even where writing it down then fails. Again is no fault. */
  async revokeToken(workspace: string, id: string, by: string): Promise<ShownToken> {
    const token = this.#tokens.get(id as TokenId);
    if (token === undefined || token.workspace !== workspace)
      throw new ReeveError('not_found', `there is no token ${JSON.stringify(id)} in workspace ${workspace}`);
    const atMs = token.revokedAtMs ?? this.#now();
    token.revokedAtMs = atMs;
    const entry: TokenEvent = { event: 'token.revoked', workspace, token: token.id, person: token.person, by };
    await this.#log.append([entry], [revokeToken(token, atMs)], 'power');
    return this.#shown(token);
  }

  /** Newest first. */
  tokens(workspace: string): readonly ShownToken[] {
    const own = [...this.#tokens.values()].filter((token) => token.workspace === workspace);
    return own.reverse().map((token) => this.#shown(token));
  }

  /** The person of this address; made where there is none yet. */
  async person(workspace: string, address: string): Promise<Person> {
    const canonical = canonicalAddress(address);
    if (!ADDRESS.test(canonical))
      throw new ReeveError('invalid_request', 'people are named by an address such as maya@example.com');
    const key = addressKey(workspace, canonical);
    const known = this.#byAddress.get(key);
    if (known !== undefined) return known;
    if (this.#persons.size >= MAX_PERSONS) throw new ReeveError('conflict', `there are ${MAX_PERSONS} people`);
    const making = this.#make({
      id: newId('person', this.#now()),
      workspace,
      address: canonical,
      createdAtMs: this.#now(),
    });
    this.#byAddress.set(key, making);
    return making.catch((error: unknown) => {
      this.#byAddress.delete(key);
      throw error;
    });
  }

  /** Whether somebody made this person an approver, and nobody took it back. */
  isApprover(workspace: string, address: string): boolean {
    return this.#tokensAt(workspace, address).some(
      (token) => token.revokedAtMs === undefined && includesRole(token.role, 'approver'),
    );
  }

  /** Whether everything by which this person could prove themselves was taken back. */
  isRevoked(workspace: string, address: string): boolean {
    const tokens = this.#tokensAt(workspace, address);
    return tokens.length > 0 && tokens.every(({ revokedAtMs }) => revokedAtMs !== undefined);
  }

  async #make(person: Person): Promise<Person> {
    const result = await this.#storage.write([insertPerson(person)], 'power');
    if (!result.ok) throw new ReeveError('conflict', 'somebody else made this person right now');
    this.#keep(person);
    return person;
  }

  #keep(person: Person): void {
    this.#persons.set(person.id, person);
    this.#byAddress.set(addressKey(person.workspace, person.address), person);
  }

  #tokensAt(workspace: string, address: string): readonly PersonToken[] {
    const person = this.#byAddress.get(addressKey(workspace, canonicalAddress(address)));
    return person === undefined || person instanceof Promise ? [] : this.#tokensOf(person.id);
  }

  #tokensOf(person: PersonId): readonly PersonToken[] {
    return [...this.#tokens.values()].filter((token) => token.person === person);
  }

  #isLive({ revokedAtMs, expiresAtMs }: PersonToken): boolean {
    return revokedAtMs === undefined && expiresAtMs > this.#now();
  }

  #shown({ hash: _hash, ...token }: PersonToken): ShownToken {
    return { ...token, address: this.#persons.get(token.person)?.address ?? '' };
  }
}

/** A role includes those below it. */
export function includesRole(has: Admin['role'], wanted: Admin['role']): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(wanted);
}

function addressKey(workspace: string, address: string): string {
  return `${workspace} ${address}`;
}
