import { type Attribution, isId, type RunId } from '@reeve/contracts';
import { BoundedMap, newId, ReeveError } from '../lib/index.ts';
import type { Statement, Storage } from '../storage/index.ts';
import { MAX_LINEAGE, RUN_NAME, type Run, type RunRef } from './run.ts';
import { insertRun, readOwnRun, readRun, readRunsNamed } from './run-store.ts';

const MAX_KNOWN_RUNS = 5_000;
const TRACE_ID = /^[0-9a-f]{32}$/;

export interface RunRequest {
  readonly workspace: string;
  readonly agent: string;
  readonly agentId?: string | undefined;
  readonly attribution: Attribution;
  readonly atMs: number;
}

type Handle = { readonly name: string } | { readonly traceId: string };

interface KnownRun extends Run {
  durable: boolean;
}

/** Finds or begins the run of an action. A new run is kept in memory and written along with its first action. */
export class Runs {
  readonly #storage: Storage;
  readonly #byId = new BoundedMap<string, KnownRun>(MAX_KNOWN_RUNS);
  /** By workspace, agent, and name or trace id. */
  readonly #byHandle = new BoundedMap<string, KnownRun>(MAX_KNOWN_RUNS);
  /** Look-ups under way, so that two first calls of one run do not begin two. */
  readonly #pending = new Map<string, Promise<KnownRun>>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Rejects with or throws ReeveError `invalid_request` for a run or parent that this agent cannot name. */
  resolve(request: RunRequest): RunRef | Promise<RunRef> {
    const { run, parentRun, traceId } = request.attribution;
    if (run !== undefined) {
      if (!RUN_NAME.test(run)) throw invalid('x-reeve-run is a name of 1 to 64 of A-Z a-z 0-9 _ -');
      return this.#join(request, { name: run });
    }
    if (traceId !== undefined && TRACE_ID.test(traceId)) return this.#join(request, { traceId });
    if (parentRun === undefined) return this.#begin(request, undefined, undefined);
    return this.#parentOf(request).then((parent) => this.#begin(request, undefined, parent));
  }

  /** The run's own id, then its ancestors: whoever of these is stopped stops the run. */
  lineage(run: RunRef): readonly RunId[] {
    const known = this.#byId.get(run.id);
    if (known !== undefined) return known.lineage;
    return [...new Set([run.id, ...(run.parent === undefined ? [] : [run.parent]), run.root])];
  }

  /** Belongs in the unit of the action's first statements; empty once `committed` was told of the run. */
  runStatements(run: RunRef): readonly Statement[] {
    const known = this.#byId.get(run.id);
    return known === undefined || known.durable ? [] : [insertRun(known)];
  }

  /** A unit with the run's statements was written: they need not be repeated. */
  committed(run: RunRef): void {
    const known = this.#byId.get(run.id);
    if (known !== undefined) known.durable = true;
  }

  #join(request: RunRequest, handle: Handle): RunRef | Promise<RunRef> {
    const key = keyOf(request, handle);
    const known = this.#byHandle.get(key);
    if (known !== undefined) return this.#withParent(request, known);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending.then((run) => this.#withParent(request, run));
    const finding = this.#findOrBegin(request, handle)
      .then((run) => {
        this.#byHandle.set(key, run);
        return run;
      })
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, finding);
    return finding;
  }

  async #findOrBegin(request: RunRequest, handle: Handle): Promise<KnownRun> {
    const byId =
      'name' in handle && isId('run', handle.name) ? await this.#byAnyId(request.workspace, handle.name) : undefined;
    const own = byId?.agent === request.agent ? byId : await readOwnRun(this.#storage, request, handle);
    if (own !== undefined) return this.#withParent(request, this.#remember(own, byId === undefined));
    if ('name' in handle && isId('run', handle.name))
      throw invalid(`${handle.name} is not a run of this agent; name a run of its own, or leave x-reeve-run out`);
    return this.#begin(request, handle, await this.#parentOf(request));
  }

  #begin(request: RunRequest, handle: Handle | undefined, parent: Run | undefined): KnownRun {
    const { workspace, agent, agentId, attribution, atMs } = request;
    if (parent !== undefined && parent.lineage.length >= MAX_LINEAGE)
      throw invalid(`runs nest at most ${MAX_LINEAGE} deep; begin one without x-reeve-parent-run`);
    const id = newId('run', atMs);
    const run: Run = {
      id,
      name: handle !== undefined && 'name' in handle ? handle.name : id,
      parent: parent?.id,
      root: parent?.root ?? id,
      startedAtMs: atMs,
      workspace,
      agent,
      agentId,
      lineage: [id, ...(parent?.lineage ?? [])],
      traceId: handle !== undefined && 'traceId' in handle ? handle.traceId : undefined,
      feature: attribution.feature,
      user: attribution.user,
      session: attribution.session,
    };
    return this.#remember(run, false);
  }

  #remember(run: Run, durable: boolean): KnownRun {
    const known = this.#byId.get(run.id) ?? { ...run, durable };
    known.durable ||= durable;
    this.#byId.set(run.id, known);
    return known;
  }

  /** A run has one parent for ever: naming another one later is a mistake, naming the same one again is not. */
  #withParent(request: RunRequest, run: KnownRun): KnownRun | Promise<KnownRun> {
    const named = request.attribution.parentRun;
    if (named === undefined || named === run.parent) return run;
    return this.#parentOf(request).then((parent) => {
      if (parent?.id === run.parent) return run;
      const began = run.parent === undefined ? 'without a parent' : `below ${run.parent}`;
      throw invalid(`the run ${run.name} began ${began}; leave x-reeve-parent-run out, or begin a new run`);
    });
  }

  async #parentOf(request: RunRequest): Promise<Run | undefined> {
    const named = request.attribution.parentRun;
    if (named === undefined) return undefined;
    if (!RUN_NAME.test(named)) throw invalid('x-reeve-parent-run is a run id, or a name of 1 to 64 of A-Z a-z 0-9 _ -');
    const parent = await this.#findParent(request, named);
    if (parent !== undefined) return parent;
    throw invalid(`there is no run ${named} to be the parent; send the run id that the parent got back in x-reeve-run`);
  }

  async #findParent(request: RunRequest, named: string): Promise<Run | undefined> {
    const { workspace } = request;
    if (isId('run', named)) {
      const byId = await this.#byAnyId(workspace, named);
      if (byId !== undefined) return byId;
    }
    const handle = { name: named };
    const own = this.#byHandle.get(keyOf(request, handle)) ?? (await readOwnRun(this.#storage, request, handle));
    if (own !== undefined) return own;
    const [first, second] = await readRunsNamed(this.#storage, workspace, named, 2);
    if (second === undefined) return first;
    throw invalid(`several agents have a run named ${named}; name the parent by its id, run_...`);
  }

  async #byAnyId(workspace: string, id: string): Promise<Run | undefined> {
    const known = this.#byId.get(id);
    if (known !== undefined) return known.workspace === workspace ? known : undefined;
    const stored = await readRun(this.#storage, workspace, id);
    return stored === undefined ? undefined : this.#remember(stored, true);
  }
}

function keyOf({ workspace, agent }: Pick<RunRequest, 'workspace' | 'agent'>, handle: Handle): string {
  return 'name' in handle
    ? `${workspace}\n${agent}\n${handle.name}`
    : `${workspace}\n${agent}\ntrace:${handle.traceId}`;
}

function invalid(message: string): ReeveError {
  return new ReeveError('invalid_request', message);
}
