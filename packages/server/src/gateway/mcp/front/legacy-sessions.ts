import { RPC, RpcError } from '../wire/json-rpc.ts';
import { LegacySession, type SessionBinding } from './legacy-session.ts';

const MAX_SESSIONS = 10_000;
const MAX_SESSIONS_PER_PRINCIPAL = 200;
const IDLE_MS = 60 * 60_000;

/** Open sessions of legacy clients. */
export class LegacySessions {
  readonly #sessions = new Map<string, LegacySession>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open(bound: SessionBinding): LegacySession {
    this.#makeRoom(bound.principal);
    const session = new LegacySession(bound);
    session.usedAtMs = this.#now();
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Throws HTTP 404, also for a session of somebody else: the client then opens another. */
  get(id: string, principal: string, endpoint: string): LegacySession {
    const session = this.#sessions.get(id);
    const now = this.#now();
    if (
      session === undefined ||
      session.principal !== principal ||
      session.endpoint !== endpoint ||
      now - session.usedAtMs > IDLE_MS
    )
      throw new RpcError(RPC.invalidRequest, 'Session not found', { httpStatus: 404 });
    session.usedAtMs = now;
    // Most recently used last, so that room is made at the other end.
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  end(session: LegacySession): void {
    this.#sessions.delete(session.id);
    session.close();
  }

  tell(isMeant: (session: LegacySession) => boolean, message: object): void {
    for (const session of this.#sessions.values()) if (isMeant(session)) session.tell(message);
  }

  closeAll(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }

  #makeRoom(principal: string): void {
    const own: LegacySession[] = [];
    for (const session of this.#sessions.values()) if (session.principal === principal) own.push(session);
    const oldest =
      own.length >= MAX_SESSIONS_PER_PRINCIPAL
        ? own[0]
        : this.#sessions.size >= MAX_SESSIONS
          ? this.#sessions.values().next().value
          : undefined;
    if (oldest !== undefined) this.end(oldest);
  }
}
