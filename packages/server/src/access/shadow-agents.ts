import { BoundedMap } from '../lib/index.ts';
import type { Storage } from '../storage/index.ts';
import { hashSecret } from './agent-key.ts';
import type { AccessLog, ShadowEvent } from './credential.ts';
import type { PresentedCredential } from './identity.ts';
import { type ShadowAgent, ShadowStore } from './shadow-store.ts';

const MAX_SHADOWS = 1_000;
const MAX_NEW_PER_FLUSH = 50;
/** Each newcomer is an entry of the ledger, which keeps it for ever, and anybody can be one. */
const MAX_NEW_PER_HOUR = 500;
const HOUR_MS = 3_600_000;
const MAX_TEXT_LENGTH = 200;
const FINGERPRINT_LENGTH = 16;
const FLUSH_EVERY_MS = 2_000;
const INSTALLATION = '';
/** Where sightings go that are too many to be told apart. */
const CROWD = 'crowd';

export interface ShadowParts {
  readonly storage: Storage;
  readonly log: AccessLog<ShadowEvent>;
  readonly now?: () => number;
  readonly onFirstSeen?: (shadow: ShadowAgent) => void;
}

/**
 * Callers that nobody registered. Sightings are summed up in memory and written in batches, so a flood costs a few rows and one
 * write every two seconds, whatever its rate.
 */
export class ShadowAgents implements AsyncDisposable {
  readonly #parts: ShadowParts;
  readonly #store: ShadowStore;
  readonly #now: () => number;
  readonly #known = new BoundedMap<string, true>(MAX_SHADOWS);
  readonly #timer: NodeJS.Timeout;
  #pending = new Map<string, ShadowAgent>();
  #newcomers = 0;
  #hour = { sinceMs: 0, newcomers: 0 };
  #flushing: Promise<void> = Promise.resolve();

  private constructor(parts: ShadowParts) {
    this.#parts = parts;
    this.#store = new ShadowStore(parts.storage);
    this.#now = parts.now ?? Date.now;
    this.#timer = setInterval(() => void this.flush().catch(() => {}), FLUSH_EVERY_MS);
    this.#timer.unref();
  }

  static async open(parts: ShadowParts): Promise<ShadowAgents> {
    const shadows = new ShadowAgents(parts);
    for (const id of (await shadows.#store.ids(MAX_SHADOWS)).reverse()) shadows.#known.set(id, true);
    return shadows;
  }

  /** `workspace` where the credential is known and only its agent is gone. */
  seen(presented: PresentedCredential, reason: string, workspace: string = INSTALLATION): void {
    const fingerprint = fingerprintOf(presented.secret);
    const id = this.#room(idOf(fingerprint, presented, workspace));
    const nowMs = this.#now();
    const before = this.#pending.get(id);
    this.#pending.set(id, {
      id,
      workspace: id === CROWD ? INSTALLATION : workspace,
      fingerprint: id === CROWD ? CROWD : fingerprint,
      reason,
      firstSeenAtMs: before?.firstSeenAtMs ?? nowMs,
      lastSeenAtMs: nowMs,
      calls: (before?.calls ?? 0) + 1,
      path: presented.path.split('?', 1)[0]?.slice(0, MAX_TEXT_LENGTH) ?? '',
      userAgent: presented.userAgent.slice(0, MAX_TEXT_LENGTH),
      remoteAddress: presented.remoteAddress.slice(0, MAX_TEXT_LENGTH),
      source: presented.source,
    });
  }

  /** Newest first. Without a workspace: those of the installation, for its admins. */
  async list(workspace: string = INSTALLATION): Promise<readonly ShadowAgent[]> {
    await this.flush();
    return this.#store.page(workspace, MAX_SHADOWS);
  }

  /** Writes down what was seen since the last time; one flush at a time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write());
    return this.#flushing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** The id itself, or that of the crowd when this window has brought enough newcomers. */
  #room(id: string): string {
    if (this.#pending.has(id) || this.#known.get(id) === true) return id;
    const nowMs = this.#now();
    if (nowMs - this.#hour.sinceMs >= HOUR_MS) this.#hour = { sinceMs: nowMs, newcomers: 0 };
    if (this.#newcomers >= MAX_NEW_PER_FLUSH || this.#hour.newcomers >= MAX_NEW_PER_HOUR) return CROWD;
    this.#newcomers++;
    this.#hour.newcomers++;
    return id;
  }

  async #write(): Promise<void> {
    const batch = [...this.#pending.values()];
    if (batch.length === 0) return;
    this.#pending = new Map();
    this.#newcomers = 0;
    const statements = [...batch.map((shadow) => this.#store.sighting(shadow)), this.#store.keepNewest(MAX_SHADOWS)];
    const first = batch.filter((shadow) => this.#known.get(shadow.id) !== true);
    if (first.length === 0) {
      await this.#parts.storage.write(statements, 'process');
    } else {
      await this.#parts.log.append(first.map(toEvent), statements, 'process');
    }
    for (const shadow of batch) this.#known.set(shadow.id, true);
    for (const shadow of first) this.#parts.onFirstSeen?.(shadow);
  }
}

function toEvent(shadow: ShadowAgent): ShadowEvent {
  const { fingerprint, reason, path } = shadow;
  return { event: 'shadow.seen', fingerprint, reason, path: realmOf(path) };
}

/** The log is public: what a stranger wrote further down a path is for the list of shadows alone. */
function realmOf(path: string): string {
  return path.split('/', 2).join('/');
}

function fingerprintOf(secret: string | undefined): string {
  return secret === undefined ? 'none' : hashSecret(secret).toString('hex').slice(0, FINGERPRINT_LENGTH);
}

/** Callers without a credential are told apart by where they come from and what they say they are. */
function idOf(fingerprint: string, presented: PresentedCredential, workspace: string): string {
  const key = fingerprint === 'none' ? `none ${presented.remoteAddress} ${presented.userAgent}` : fingerprint;
  return `shd_${hashSecret(`${workspace} ${key}`)
    .toString('hex')
    .slice(0, FINGERPRINT_LENGTH * 2)}`;
}
