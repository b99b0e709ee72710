import type { ApprovalId } from '@reeve/contracts';
import type { Approval } from './approval.ts';
import { type DeskClock, steadyAt } from './desk-clock.ts';

/** An approval that can still make a difference: it waits, lets calls pass, or refuses them. */
export interface LiveApproval {
  readonly approval: Approval;
  /** When it is over, on the clock that only goes forward. */
  readonly overAt: number;
  /** Not on record yet: the call that asked is about to end. */
  opening: boolean;
  /** Calls that are about to use it. */
  claims: number;
  /** Arguments in the place of the caller's. */
  args: Readonly<Record<string, unknown>> | undefined;
  /** One decision at a time. */
  deciding: Promise<unknown> | undefined;
  /** Decisions that wait for it. */
  queued: number;
  /** Whose equal requests were counted: from the same run again it is a retry. */
  readonly runs: Set<string>;
}

type Called = Pick<Approval, 'workspace' | 'agent' | 'target' | 'digest'>;

/** Live approvals, by id and by the call that they are about. INVARIANT: at most one for a call. */
export class ApprovalBook {
  readonly #clock: DeskClock;
  readonly #byId = new Map<ApprovalId, LiveApproval>();
  readonly #byCall = new Map<string, LiveApproval>();

  constructor(clock: DeskClock) {
    this.#clock = clock;
  }

  add(approval: Approval, opening: boolean): LiveApproval {
    const live: LiveApproval = {
      ...{ approval, opening, claims: 0, args: undefined, deciding: undefined, queued: 0 },
      runs: new Set([approval.run]),
      overAt: steadyAt(this.#clock, approval.expiresAtMs),
    };
    this.#byId.set(approval.id, live);
    this.#byCall.set(callKey(approval), live);
    return live;
  }

  get(id: ApprovalId): LiveApproval | undefined {
    return this.#byId.get(id);
  }

  isOver({ approval, overAt }: LiveApproval): boolean {
    return approval.expiresAtMs <= this.#clock.now() || overAt <= this.#clock.steady();
  }

  about(call: Called): LiveApproval | undefined {
    return this.#byCall.get(callKey(call));
  }

  remove({ approval }: LiveApproval): void {
    this.#byId.delete(approval.id);
    const key = callKey(approval);
    if (this.#byCall.get(key)?.approval.id === approval.id) this.#byCall.delete(key);
  }

  values(): IterableIterator<LiveApproval> {
    return this.#byId.values();
  }

  get size(): number {
    return this.#byId.size;
  }

  /** How many wait, and how many are kept at all. Asked when a new one is opened, which people pace. */
  load(workspace: string, agent: string): { pendingOfAgent: number; pending: number; live: number } {
    const load = { pendingOfAgent: 0, pending: 0, live: 0 };
    for (const { approval } of this.#byId.values()) {
      if (approval.workspace !== workspace) continue;
      load.live++;
      if (approval.state !== 'pending') continue;
      load.pending++;
      if (approval.agent === agent) load.pendingOfAgent++;
    }
    return load;
  }
}

function callKey({ workspace, agent, target, digest }: Called): string {
  return `${workspace}\n${agent}\n${target}\n${digest}`;
}
