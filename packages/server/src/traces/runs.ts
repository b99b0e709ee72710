import { type Attribution, isId, type RunId } from '@reeve/contracts';
import { BoundedMap, newId, ReeveError } from '../lib/index.ts';
import type { Statement, Storage } from '../storage/index.ts';
import type { RunRef } from './run.ts';
import { RunStore, type StoredRun } from './run-store.ts';

const MAX_KNOWN_RUNS = 20_000;
const MAX_DEPTH = 64;
const RUN_NAME = /^[A-Za-z0-9_-]{1,64}$/;

export interface RunFacts {
  readonly workspace: string;
  readonly agent: string;
  readonly attribution: Attribution;
  readonly atMs: number;
}

interface Known {
  readonly run: StoredRun;
  readonly traceId: string | undefined;
  readonly lineage: readonly RunId[];
  /** Whether its row is committed. */
  durable: boolean;
}

/** Which run an action belongs to. New runs are made in memory, and become durable with their first action. */
export class Runs {
  readonly #store: RunStore;
  /** By `workspace agent name`, and by `workspace agent trace`. */
  readonly #byKey = new BoundedMap<string, Known>(MAX_KNOWN_RUNS);
  readonly #byId = new BoundedMap<string, Known>(MAX_KNOWN_RUNS);
  /** Look-ups under way, so that two first calls of one name make one run. */
  readonly #pending = new Map<string, Promise<Known>>();

  constructor(storage: Storage) {
    this.#store = new RunStore(storage);
  }

  /** Throws `invalid_request` for a name or parent that cannot be. */
  resolve(facts: RunFacts): RunRef | Promise<RunRef> {
    const { run, parentRun, traceId } = facts.attribution;
    if (run !== undefined && !RUN_NAME.test(run)) {
      throw new ReeveError('invalid_request', 'x-reeve-run is 1 to 64 of A-Z a-z 0-9 _ and -');
    }
    if (run === undefined && traceId === undefined && parentRun === undefined)
      return this.#remember(this.#make(facts, undefined, undefined)).run;
    const key = `${facts.workspace} ${facts.agent} ${run ?? `trace ${traceId ?? newId('run')}`}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known.run;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = this.#find(facts, key).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    return pending.then(({ run: found }) => found);
  }

  /** Own id first, then ancestors. */
  lineage(run: RunRef): readonly RunId[] {
    return this.#byId.get(run.id)?.lineage ?? [run.id, ...(run.parent === undefined ? [] : [run.parent]), run.root];
  }

  /** What makes the run durable; empty where it is. Call `written` once they are committed. */
  runStatements(run: RunRef): readonly Statement[] {
    const known = this.#byId.get(run.id);
    return known === undefined || known.durable ? [] : [this.#store.insert(known.run, known.traceId)];
  }

  written(run: RunRef): void {
    const known = this.#byId.get(run.id);
    if (known !== undefined) known.durable = true;
  }

  async #find(facts: RunFacts, key: string): Promise<Known> {
    const { workspace, agent, attribution } = facts;
    const { run, traceId } = attribution;
    const stored =
      run === undefined
        ? traceId === undefined
          ? undefined
          : await this.#store.byTrace(workspace, agent, traceId)
        : ((await this.#store.byName(workspace, agent, run)) ?? (await this.#ownById(facts, run)));
    const parent = attribution.parentRun === undefined ? undefined : await this.#parent(facts, attribution.parentRun);
    const known = stored === undefined ? this.#make(facts, run, parent) : await this.#known(stored);
    this.#byKey.set(key, known);
    return this.#remember(known);
  }

  async #ownById(facts: RunFacts, id: string): Promise<StoredRun | undefined> {
    if (!isId('run', id)) return undefined;
    const found = this.#byId.get(id)?.run ?? (await this.#store.byId(facts.workspace, id));
    if (found !== undefined && found.workspace === facts.workspace && found.agent === facts.agent) return found;
    throw new ReeveError(
      'invalid_request',
      `x-reeve-run names ${id}, which is not a run of this agent; give the run a name of your own, or pass that id as x-reeve-parent-run`,
    );
  }

  async #parent({ workspace, agent }: RunFacts, name: string): Promise<Known> {
    const inMemory = this.#byId.get(name) ?? this.#byKey.get(`${workspace} ${agent} ${name}`);
    if (inMemory !== undefined && inMemory.run.workspace === workspace) return inMemory;
    const found = (await this.#store.byId(workspace, name)) ?? (await this.#store.byName(workspace, agent, name));
    if (found !== undefined) return this.#known(found);
    const anywhere = await this.#store.byNameAnywhere(workspace, name);
    if (anywhere.length === 1 && anywhere[0] !== undefined) return this.#known(anywhere[0]);
    const why = anywhere.length === 0 ? 'is no run of this workspace' : 'is the name of runs of several agents';
    throw new ReeveError(
      'invalid_request',
      `x-reeve-parent-run ${JSON.stringify(name.slice(0, 64))} ${why}; pass the run id that the parent got back in x-reeve-run`,
    );
  }

  async #known(run: StoredRun): Promise<Known> {
    const remembered = this.#byId.get(run.id);
    if (remembered !== undefined) return remembered;
    const lineage: RunId[] = [run.id];
    let parent = run.parent;
    while (parent !== undefined && lineage.length < MAX_DEPTH) {
      lineage.push(parent);
      parent = (this.#byId.get(parent)?.run ?? (await this.#store.byId(run.workspace, parent)))?.parent;
    }
    return { run, traceId: undefined, lineage, durable: true };
  }

  #make(facts: RunFacts, name: string | undefined, parent: Known | undefined): Known {
    const id = newId('run', facts.atMs);
    if (parent !== undefined && parent.lineage.length >= MAX_DEPTH) {
      throw new ReeveError('invalid_request', `runs nest at most ${MAX_DEPTH} deep`);
    }
    const run: StoredRun = {
      id,
      name: name ?? id,
      workspace: facts.workspace,
      agent: facts.agent,
      parent: parent?.run.id,
      root: parent?.run.root ?? id,
      depth: parent?.lineage.length ?? 0,
      startedAtMs: facts.atMs,
    };
    return { run, traceId: facts.attribution.traceId, lineage: [id, ...(parent?.lineage ?? [])], durable: false };
  }

  #remember(known: Known): Known {
    this.#byId.set(known.run.id, known);
    return known;
  }
}
