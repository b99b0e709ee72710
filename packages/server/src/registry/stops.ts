import type { Finding } from '@reeve/contracts';
import { BoundedMap, newId, ReeveError } from '../lib/index.ts';
import type { Storage } from '../storage/index.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Fleet, FleetPart } from './fleet.ts';
import type { RegistryEntry, RegistryLedger } from './registry-entry.ts';
import { SerialQueue } from './serial-queue.ts';
import { type Halt, Halted, haltFinding, type Stop, type StopTarget, targetName, targetWords } from './stop.ts';
import { StopBoard, type StopFacts } from './stop-board.ts';
import { liftStatement, orderStatement, readOpenStops } from './stop-store.ts';

const MAX_STOPS_PER_WORKSPACE = 10_000;
const MAX_WATCHES = 100_000;
const MAX_WAITING_ORDERS = 2_000;
/** Only what was identified and is not yet watched needs to find its credential here. */
const MAX_ENDED_CREDENTIALS = 10_000;
const MAX_REASON_LENGTH = 2_000;
const MAX_TARGET_LENGTH = 200;

interface Watch {
  readonly facts: StopFacts;
  readonly controller: AbortController;
}

export interface StopOrdered {
  readonly stop: Stop;
  readonly abortedInFlight: number;
  /** From the order to the last abort. */
  readonly elapsedMs: number;
  /** false: in force here, but it could not be stored, so a restart would forget it. Order it again. */
  readonly durable: boolean;
  readonly failure?: string;
}

/**
 * Containment. An order takes effect in memory before anything is awaited, and stays even where the store fails; only a
 * person's `lift` ends it. Knows what is in flight, and aborts it.
 */
export class Stops {
  readonly #storage: Storage;
  readonly #ledger: RegistryLedger;
  readonly #now: () => number;
  readonly #boards = new Map<string, StopBoard>();
  readonly #fleets = new Map<string, Fleet>();
  readonly #watches = new Map<string, Set<Watch>>();
  readonly #stored = new Set<string>();
  readonly #lifting = new Set<string>();
  readonly #ended = new BoundedMap<string, true>(MAX_ENDED_CREDENTIALS);
  readonly #queue = new SerialQueue(MAX_WAITING_ORDERS);
  #watching = 0;

  constructor({ storage, ledger, now }: { storage: Storage; ledger: RegistryLedger; now?: () => number }) {
    this.#storage = storage;
    this.#ledger = ledger;
    this.#now = now ?? Date.now;
  }

  /** Ends what is in flight of agents that a new version suspends, retires or leaves out. */
  get fleetPart(): FleetPart {
    return {
      prepare: async (fleet) => ({
        problems: [],
        activate: () => {
          this.#fleets.set(fleet.workspace, fleet);
          this.#abort(fleet.workspace, ({ agent }) => this.#lifecycle(fleet.workspace, agent.name));
        },
      }),
    };
  }

  async load(): Promise<void> {
    for (const stop of await readOpenStops(this.#storage)) {
      this.#board(stop.workspace).add(stop);
      this.#stored.add(stop.id);
    }
  }

  /** The denial, where something of this action is stopped or its agent is not active. */
  check(facts: StopFacts): Finding | undefined {
    const halt = this.#halt(facts);
    return halt === undefined ? undefined : haltFinding(halt);
  }

  /** Registers what is in flight; `controller` is aborted with `Halted`. The answer must be called when the action has ended. */
  watch(facts: StopFacts, controller: AbortController): () => void {
    const halt = this.#halt(facts);
    if (halt !== undefined) controller.abort(new Halted(halt));
    if (this.#watching >= MAX_WATCHES)
      throw new ReeveError('overloaded', `${MAX_WATCHES} actions are in flight`, { retryAfterSeconds: 1 });
    const watches = this.#watches.get(facts.workspace) ?? new Set();
    this.#watches.set(facts.workspace, watches);
    const watch: Watch = { facts, controller };
    watches.add(watch);
    this.#watching++;
    return () => {
      if (watches.delete(watch)) this.#watching--;
    };
  }

  async order(workspace: string, target: StopTarget, by: string, reason: string): Promise<StopOrdered> {
    const began = performance.now();
    const stop = this.#stopFor(workspace, target, by, reason);
    this.#board(workspace).add(stop);
    const halt: Halt = { kind: 'stop', stop };
    const board = new StopBoard();
    board.add(stop);
    const abortedInFlight = this.#abort(workspace, (facts) => (board.check(facts) === undefined ? undefined : halt));
    const done = { stop, abortedInFlight, elapsedMs: performance.now() - began };
    try {
      await this.#queue.run(workspace, () => this.#store(stop));
      return { ...done, durable: true };
    } catch (error) {
      return { ...done, durable: false, failure: (error as Error).message };
    }
  }

  /** Resumes. Until the store has it, the stop stays in force; a new order of the same meanwhile outlives it. */
  async lift(workspace: string, target: StopTarget, by: string): Promise<Stop> {
    const board = this.#board(workspace);
    const stop = board.get(target);
    if (stop === undefined) throw new ReeveError('not_found', `${targetWords(target)} is not stopped`);
    if (this.#lifting.has(stop.id)) throw new ReeveError('conflict', `${targetWords(target)} is being resumed`);
    this.#lifting.add(stop.id);
    try {
      await this.#queue.run(workspace, () =>
        this.#ledger.append([entryOf('stop.lifted', stop, by)], [liftStatement(stop, by, this.#now())], 'power'),
      );
      if (board.get(target)?.id === stop.id) board.remove(target);
      this.#stored.delete(stop.id);
      return stop;
    } finally {
      this.#lifting.delete(stop.id);
    }
  }

  /** A credential was revoked for good: ends what it has in flight, and answers how much that was. What it began is refused. */
  endCredential(workspace: string, credential: string): number {
    this.#ended.set(`${workspace} ${credential}`, true);
    return this.#abort(workspace, (facts) =>
      facts.credential === credential ? { kind: 'revoked', credential } : undefined,
    );
  }

  /** Oldest first. */
  list(workspace: string): readonly Stop[] {
    return this.#boards.get(workspace)?.values() ?? [];
  }

  #halt(facts: StopFacts): Halt | undefined {
    const { workspace, credential } = facts;
    if (this.#ended.get(`${workspace} ${credential}`) === true) return { kind: 'revoked', credential };
    const stop = this.#boards.get(facts.workspace)?.check(facts);
    return stop === undefined ? this.#lifecycle(facts.workspace, facts.agent.name) : { kind: 'stop', stop };
  }

  #lifecycle(workspace: string, name: string): Halt | undefined {
    const fleet = this.#fleets.get(workspace);
    if (fleet === undefined) return undefined;
    const state = fleet.agents.get(name)?.state ?? 'removed';
    return state === 'active' ? undefined : { kind: 'lifecycle', agent: name, state };
  }

  /** Ends everything in flight, in every workspace, because the process is about to end. Answers how many. */
  endAll(reason: ReeveError): number {
    let ended = 0;
    for (const watches of this.#watches.values()) {
      for (const { controller } of watches) {
        if (controller.signal.aborted) continue;
        controller.abort(reason);
        ended++;
      }
    }
    return ended;
  }

  #abort(workspace: string, why: (facts: StopFacts) => Halt | undefined): number {
    let aborted = 0;
    for (const { facts, controller } of this.#watches.get(workspace) ?? []) {
      if (controller.signal.aborted) continue;
      const halt = why(facts);
      if (halt === undefined) continue;
      controller.abort(new Halted(halt));
      aborted++;
    }
    return aborted;
  }

  /** The stop in force on this target, or a new one. A target that does not exist would stop nothing, so it is refused. */
  #stopFor(workspace: string, target: StopTarget, by: string, reason: string): Stop {
    const board = this.#board(workspace);
    const existing = board.get(target);
    if (existing !== undefined && !this.#lifting.has(existing.id)) return existing;
    const unknown = targetFault(this.#fleets.get(workspace), target);
    if (unknown !== undefined) throw new ReeveError('not_found', unknown);
    if (reason.length > MAX_REASON_LENGTH)
      throw new ReeveError('invalid_request', `a reason has at most ${MAX_REASON_LENGTH} characters`);
    if (target.kind !== 'all' && board.size >= MAX_STOPS_PER_WORKSPACE)
      throw new ReeveError('invalid_request', `there are ${MAX_STOPS_PER_WORKSPACE} stops: lift some, or stop all`);
    return { id: newId('stop'), workspace, target, reason, orderedAtMs: this.#now(), orderedBy: by };
  }

  async #store(stop: Stop): Promise<void> {
    if (this.#stored.has(stop.id)) return;
    await this.#ledger.append([entryOf('stop.ordered', stop, stop.orderedBy)], [orderStatement(stop)], 'power');
    this.#stored.add(stop.id);
  }

  #board(workspace: string): StopBoard {
    let board = this.#boards.get(workspace);
    if (board === undefined) {
      board = new StopBoard();
      this.#boards.set(workspace, board);
    }
    return board;
  }
}

function entryOf(event: 'stop.ordered' | 'stop.lifted', stop: Stop, by: string): RegistryEntry {
  const { workspace, id, target, reason } = stop;
  return { event, workspace, stop: id, target: { kind: target.kind, name: targetName(target) }, by, reason };
}

function targetFault(fleet: Fleet | undefined, target: StopTarget): string | undefined {
  if (targetWords(target).length > MAX_TARGET_LENGTH) return 'no such target';
  if (fleet === undefined || target.kind === 'all' || target.kind === 'run' || target.kind === 'credential')
    return undefined;
  if (target.kind === 'agent')
    return fleet.agents.has(target.name)
      ? undefined
      : `there is no agent "${target.name}"${didYouMean(target.name, fleet.agents.keys())}`;
  const dot = target.name.indexOf('.');
  const server = target.name.slice(0, Math.max(dot, 0));
  if (dot < 1 || dot === target.name.length - 1)
    return `a tool is named server.tool, or server.* for all tools of a server; found "${target.name}"`;
  return fleet.toolServers.has(server)
    ? undefined
    : `there is no tool server "${server}"${didYouMean(server, fleet.toolServers.keys())}`;
}
