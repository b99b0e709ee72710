import type { SeenEvent } from './signal-state.ts';
import { Tally } from './tally.ts';

const CHUNK_EVENTS = 64;

interface Chunk {
  readonly events: SeenEvent[];
  readonly tally: Tally;
}

/** Events by time, in chunks that are summed up: reading a long list takes a step per chunk, changing one a step per event in it. */
export class EventList {
  #chunks: Chunk[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  insert(event: SeenEvent): void {
    this.#size += 1;
    let at = this.#chunks.length - 1;
    while (at > 0 && (this.#chunks[at]?.tally.firstAtMs ?? 0) > event.atMs) at -= 1;
    const chunk = this.#chunks[at];
    const atEnd = chunk === undefined || event.atMs >= chunk.tally.lastAtMs;
    if (chunk === undefined || (atEnd && chunk.events.length >= CHUNK_EVENTS)) {
      this.#chunks.splice(at + 1, 0, chunkOf([event]));
      return;
    }
    if (atEnd) chunk.events.push(event);
    else chunk.events.splice(after(chunk.events, event.atMs), 0, event);
    chunk.tally.add(event.atMs, event.value);
    if (chunk.events.length >= 2 * CHUNK_EVENTS) this.#split(at, chunk);
  }

  /** Whether it was there. */
  remove(event: SeenEvent): boolean {
    for (const [at, chunk] of this.#chunks.entries()) {
      if (chunk.tally.lastAtMs < event.atMs) continue;
      if (chunk.tally.firstAtMs > event.atMs) return false;
      const place = chunk.events.indexOf(event);
      if (place === -1) continue;
      chunk.events.splice(place, 1);
      this.#size -= 1;
      if (chunk.events.length === 0) this.#chunks.splice(at, 1);
      else retally(chunk);
      return true;
    }
    return false;
  }

  /** Forgets chunks in which nothing is later. */
  forget(untilMs: number): void {
    let past = 0;
    for (const chunk of this.#chunks) {
      if (chunk.tally.lastAtMs > untilMs) break;
      past += 1;
      this.#size -= chunk.events.length;
    }
    if (past > 0) this.#chunks.splice(0, past);
  }

  /** Takes out the oldest that can no longer be withdrawn, at most so many. Chunks that stay whole are not summed up again. */
  takeSettled(limit: number): readonly SeenEvent[] {
    const taken: SeenEvent[] = [];
    this.#chunks = this.#chunks.flatMap((chunk) => {
      if (taken.length >= limit) return chunk;
      const kept: SeenEvent[] = [];
      for (const event of chunk.events) (event.open || taken.length >= limit ? kept : taken).push(event);
      if (kept.length === chunk.events.length) return chunk;
      return kept.length === 0 ? [] : chunkOf(kept);
    });
    this.#size -= taken.length;
    return taken;
  }

  /** Adds up what is later than this. */
  tallyAfter(afterMs: number, into: Tally): void {
    for (const { events, tally } of this.#chunks) {
      if (tally.lastAtMs <= afterMs) continue;
      if (tally.firstAtMs > afterMs) into.merge(tally);
      else for (const event of events) if (event.atMs > afterMs) into.add(event.atMs, event.value);
    }
  }

  #split(at: number, chunk: Chunk): void {
    const right = chunk.events.splice(CHUNK_EVENTS);
    retally(chunk);
    this.#chunks.splice(at + 1, 0, chunkOf(right));
  }
}

function chunkOf(events: SeenEvent[]): Chunk {
  const chunk = { events, tally: new Tally() };
  retally(chunk);
  return chunk;
}

function retally({ events, tally }: Chunk): void {
  tally.clear();
  for (const event of events) tally.add(event.atMs, event.value);
}

/** Where an event of this time belongs: behind all that are not later. */
function after(events: readonly SeenEvent[], atMs: number): number {
  let place = events.length;
  while (place > 0 && (events[place - 1]?.atMs ?? 0) > atMs) place -= 1;
  return place;
}
