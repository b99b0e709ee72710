import type { Permit } from './permit.ts';

/** Permits between the question whether people must be asked and the run. What is never run is reported as not run. */
const MAX_SHELVED = 1_000;

/** Frameworks ask first and run later: what was decided at the question is what runs. */
export class PermitShelf<A extends object> {
  readonly #permits = new Map<string, Permit<A>[]>();
  #size = 0;

  put(callId: string, args: A, permit: Permit<A>): void {
    if (this.#size >= MAX_SHELVED) this.#dropOldest();
    const at = keyOf(callId, args);
    const shelved = this.#permits.get(at) ?? [];
    shelved.push(permit);
    this.#permits.set(at, shelved);
    this.#size++;
  }

  take(callId: string, args: A): Permit<A> | undefined {
    const at = keyOf(callId, args);
    const shelved = this.#permits.get(at);
    const permit = shelved?.shift();
    if (permit === undefined) return undefined;
    this.#size--;
    if (shelved?.length === 0) this.#permits.delete(at);
    return permit;
  }

  #dropOldest(): void {
    const [oldest] = this.#permits;
    if (oldest === undefined) return;
    this.#permits.delete(oldest[0]);
    this.#size -= oldest[1].length;
    for (const permit of oldest[1]) void permit.abandon('not run: too many calls were asked for').catch(() => {});
  }
}

/** Ids of calls are the model's, and some models use the same ones again. */
function keyOf(callId: string, args: object): string {
  return `${callId} ${JSON.stringify(args)}`;
}
