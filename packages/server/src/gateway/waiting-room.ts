/** A place in the room. Aborting it ends the wait. */
export class Seat extends AbortController {
  readonly party: string;

  constructor(party: string) {
    super();
    this.party = party;
  }
}

/** Held calls that are kept open, each with its connection and its request. */
export const MAX_WAITING_CALLS = 1_000;
/** One agent must not take the room from all others. */
export const MAX_WAITING_CALLS_PER_AGENT = 100;

/** Bounds how many calls wait at once, in all and of one agent. */
export class WaitingRoom {
  readonly #seats = new Set<Seat>();
  readonly #taken = new Map<string, number>();
  #closed = false;

  /** Undefined where the room is full: the caller is answered at once. */
  enter(party: string): Seat | undefined {
    const taken = this.#taken.get(party) ?? 0;
    if (this.#closed || this.#seats.size >= MAX_WAITING_CALLS || taken >= MAX_WAITING_CALLS_PER_AGENT) return undefined;
    const seat = new Seat(party);
    this.#seats.add(seat);
    this.#taken.set(party, taken + 1);
    return seat;
  }

  leave(seat: Seat): void {
    if (!this.#seats.delete(seat)) return;
    const taken = (this.#taken.get(seat.party) ?? 1) - 1;
    if (taken === 0) this.#taken.delete(seat.party);
    else this.#taken.set(seat.party, taken);
  }

  close(): void {
    this.#closed = true;
    for (const seat of this.#seats) seat.abort();
  }
}
