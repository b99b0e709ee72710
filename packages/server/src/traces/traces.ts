import { isId } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import type { Storage } from '../storage/index.ts';
import type { ActionRecord } from './action-record.ts';
import { type AgentHistory, readAgentHistory } from './history-store.ts';
import type { Run } from './run.ts';
import { readLineage, readRun, readRunsNamed } from './run-store.ts';
import {
  type CostKey,
  type CostRow,
  type RunTotals,
  readCallCounts,
  readCosts,
  readToolCalls,
  readTotals,
  type ToolCallCount,
} from './sum-store.ts';
import type { Page, PageRequest, Window } from './trace-query.ts';
import {
  type ActionFilter,
  pageActions,
  pageRuns,
  type RunFilter,
  type RunSummary,
  readAction,
  readActionsOfRuns,
} from './trace-store.ts';

const MAX_TREE_RUNS = 500;
const MAX_TREE_ACTIONS = 5_000;
const MAX_SAME_NAME = 10;

export interface RunTree {
  readonly run: Run;
  readonly totals: RunTotals;
  /** Oldest first. */
  readonly actions: readonly ActionRecord[];
  readonly children: readonly RunTree[];
}

export interface ShownRun {
  readonly tree: RunTree;
  /** Whether the lineage is larger than what is shown. */
  readonly truncated: boolean;
}

const NOTHING: RunTotals = { actions: 0, refused: 0, costNanoUsd: 0, inputTokens: 0, outputTokens: 0, durationMs: 0 };

/** What happened: runs, actions and costs, as people ask for them. Every question is about one workspace. */
export class Traces {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Newest first. */
  async listRuns(
    workspace: string,
    filter: RunFilter = {},
    page: PageRequest = {},
  ): Promise<Page<RunSummary & RunTotals>> {
    const runs = await pageRuns(this.#storage, workspace, filter, page);
    const totals = await readTotals(
      this.#storage,
      workspace,
      runs.items.map(({ id }) => id),
    );
    return { items: runs.items.map((run) => ({ ...run, ...(totals.get(run.id) ?? NOTHING) })), next: runs.next };
  }

  /** A run by id, by `agent/name` or by a name that only one agent uses, with all below it. Undefined where there is none. */
  async showRun(workspace: string, idOrName: string): Promise<ShownRun | undefined> {
    const run = await this.findRun(workspace, idOrName);
    if (run === undefined) return undefined;
    const lineage = await readLineage(this.#storage, workspace, run.root, MAX_TREE_RUNS + 1);
    const below = lineage.filter((other) => other.lineage.includes(run.id)).slice(0, MAX_TREE_RUNS);
    const ids = below.map(({ id }) => id);
    const actions = await readActionsOfRuns(this.#storage, workspace, ids, MAX_TREE_ACTIONS + 1);
    const totals = await readTotals(this.#storage, workspace, ids);
    const truncated = lineage.length > MAX_TREE_RUNS || actions.length > MAX_TREE_ACTIONS;
    return { tree: grow(run, below, actions.slice(0, MAX_TREE_ACTIONS), totals), truncated };
  }

  /** Newest first. */
  async listActions(workspace: string, filter: ActionFilter = {}, page: PageRequest = {}): Promise<Page<ActionRecord>> {
    return pageActions(this.#storage, workspace, filter, page);
  }

  async getAction(workspace: string, id: string): Promise<ActionRecord | undefined> {
    return readAction(this.#storage, workspace, id);
  }

  /** Calls of a run by kind, without those that its limits refused. */
  async countCalls(workspace: string, run: string): Promise<{ readonly model: number; readonly tool: number }> {
    return readCallCounts(this.#storage, workspace, run);
  }

  /** What an agent did since it was last refused, counted no further than `atMost`. */
  async agentHistory(workspace: string, agent: string, atMost: number): Promise<AgentHistory> {
    return readAgentHistory(this.#storage, workspace, agent, atMost);
  }

  /** Calls of tools by agent and tool, without those that are held; most often called first. */
  async toolCalls(workspace: string, sinceMs: number): Promise<readonly ToolCallCount[]> {
    return readToolCalls(this.#storage, workspace, sinceMs);
  }

  /** Dearest first. */
  async costs(workspace: string, query: Window & { readonly by: CostKey }): Promise<readonly CostRow[]> {
    return readCosts(this.#storage, workspace, query.by, query);
  }

  /** By id, by `agent/name`, or by a name that only one agent uses; `invalid_request` where several do. */
  async findRun(workspace: string, idOrName: string): Promise<Run | undefined> {
    if (isId('run', idOrName)) return readRun(this.#storage, workspace, idOrName);
    const [name = '', agent] = idOrName.split('/').reverse();
    const found = await readRunsNamed(this.#storage, workspace, name, MAX_SAME_NAME);
    const runs = agent === undefined ? found : found.filter((run) => run.agent === agent);
    if (runs.length > 1) {
      const names = runs.map((run) => `${run.agent}/${run.name}`).join(', ');
      throw new ReeveError('invalid_request', `several agents have a run named ${name}; ask for one of: ${names}`);
    }
    return runs[0];
  }
}

function grow(
  run: Run,
  runs: readonly Run[],
  actions: readonly ActionRecord[],
  totals: ReadonlyMap<string, RunTotals>,
): RunTree {
  return {
    run,
    totals: totals.get(run.id) ?? NOTHING,
    actions: actions.filter((action) => action.runId === run.id),
    children: runs.filter((other) => other.parent === run.id).map((child) => grow(child, runs, actions, totals)),
  };
}
