import { preparsePolicySet } from './cedar.ts';
import type { Policy } from './policy.ts';

/**
 * Preparsed policy sets under a bounded set of names that are overwritten, oldest first. The engine has no way to forget a set, so
 * a name never carries a version or hash; and its cache belongs to the thread, so this pool is one per thread too.
 */
const MAX_SLOTS = 16_384;
/** About 2 KB each inside the engine. */
const MAX_PREPARSED_POLICIES = 32_768;

interface Slot {
  readonly name: string;
  owner: number;
  policies: number;
}

export class Slots {
  readonly #prefix: string;
  readonly #maxSlots: number;
  readonly #maxPolicies: number;
  readonly #byOwner = new Map<number, Slot>();
  readonly #free: Slot[] = [];
  #made = 0;
  #policies = 0;

  constructor(prefix: string, limits = { slots: MAX_SLOTS, policies: MAX_PREPARSED_POLICIES }) {
    this.#prefix = prefix;
    this.#maxSlots = limits.slots;
    this.#maxPolicies = limits.policies;
  }

  /** The name under which the owner's policies are preparsed. Policy n of the list has the id `n`. @throws if they do not parse. */
  nameFor(owner: number, policies: readonly Policy[]): string {
    const known = this.#byOwner.get(owner);
    if (known !== undefined) return known.name;
    while (this.#byOwner.size > 0 && this.#policies + policies.length > this.#maxPolicies) this.#empty();
    const slot = this.#take();
    // Until the new set is in it, the slot belongs to nobody: a failure here must not leave another's policies in force.
    const staticPolicies = Object.fromEntries(policies.map((policy, index) => [String(index), policy.text]));
    const answer = preparsePolicySet(slot.name, { staticPolicies });
    if (answer.type !== 'success') {
      this.#free.push(slot);
      throw new Error(`policies did not parse again: ${answer.errors[0]?.message ?? 'unknown'}`);
    }
    slot.owner = owner;
    slot.policies = policies.length;
    this.#policies += policies.length;
    this.#byOwner.set(owner, slot);
    return slot.name;
  }

  get size(): number {
    return this.#made;
  }

  #take(): Slot {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made < this.#maxSlots) return { name: `${this.#prefix}${this.#made++}`, owner: 0, policies: 0 };
    return this.#oldest();
  }

  #oldest(): Slot {
    for (const [owner, slot] of this.#byOwner) {
      this.#byOwner.delete(owner);
      this.#policies -= slot.policies;
      return slot;
    }
    throw new Error('no slot to take');
  }

  /** Overwrites the oldest set with nothing, which gives its memory back. */
  #empty(): void {
    const slot = this.#oldest();
    preparsePolicySet(slot.name, { staticPolicies: {} });
    this.#free.push(slot);
  }
}
