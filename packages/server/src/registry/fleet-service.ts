import type { AgentId, FleetApplied, FleetPlan, FleetSource, FleetVersion, LocatedProblem } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import type { Storage } from '../storage/index.ts';
import { compileSource } from './compile-source.ts';
import { findVersion } from './find-version.ts';
import type { Fleet, FleetPart, FleetProblem, WhoCanDiff } from './fleet.ts';
import { diffItems } from './fleet-diff.ts';
import { exportItems } from './fleet-export.ts';
import type { FleetItems } from './fleet-item.ts';
import { invalidFleet, prepareParts } from './fleet-parts.ts';
import { FleetStore, type StoredVersion, versionStatements } from './fleet-store.ts';
import type { RegistryLedger } from './registry-entry.ts';
import { SerialQueue } from './serial-queue.ts';
import { readStoredFleet } from './stored-fleet.ts';
import { namedAgents, rowsOf, versionEntry } from './version-change.ts';

const MAX_WORKSPACES = 1_000;
const MAX_PAGE = 200;
const MAX_WAITING_CHANGES = 16;

export interface FleetServiceOptions {
  readonly storage: Storage;
  readonly ledger: RegistryLedger;
  readonly parts: readonly FleetPart[];
  readonly whoCanDiff: WhoCanDiff;
  readonly now?: () => number;
}

export interface ChangeOptions {
  /** The workspace that the caller may change; without it, any. */
  readonly workspace?: string;
  /** Refuse with `conflict` unless this version is in force; null: none. */
  readonly expectVersion?: string | null;
}

/** What is in force in a workspace. `fleet` is absent where it could not be put in force: then nothing is served. */
interface Space {
  readonly seq: number;
  readonly fleet: Fleet | undefined;
  readonly items: FleetItems;
  readonly agentIds: ReadonlyMap<string, AgentId>;
}

interface Candidate {
  readonly fleet: Fleet;
  readonly items: FleetItems;
  readonly problems: readonly LocatedProblem[];
  readonly locate: (problem: FleetProblem) => LocatedProblem;
}

const NO_ITEMS: FleetItems = new Map();
const NO_AGENTS: ReadonlyMap<string, AgentId> = new Map();

/**
 * Versions of the fleet, per workspace. A change is validated and compiled whole, made durable, and then put in force in one
 * turn; until then, and whenever it fails, the version before serves.
 */
export class FleetService {
  readonly #store: FleetStore;
  readonly #options: FleetServiceOptions;
  readonly #now: () => number;
  readonly #spaces = new Map<string, Space>();
  readonly #queue = new SerialQueue(MAX_WAITING_CHANGES);

  constructor(options: FleetServiceOptions) {
    this.#store = new FleetStore(options.storage);
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** The fleet in force. An action keeps the one it began with. */
  current(workspace: string): Fleet | undefined {
    return this.#spaces.get(workspace)?.fleet;
  }

  workspaces(): readonly string[] {
    return [...this.#spaces.keys()].sort();
  }

  agentId(workspace: string, name: string): AgentId | undefined {
    return this.#spaces.get(workspace)?.agentIds.get(name);
  }

  /** Puts the latest version of each workspace in force; answers with those that could not be. */
  async load(): Promise<readonly { workspace: string; problems: readonly LocatedProblem[] }[]> {
    const failed: { workspace: string; problems: readonly LocatedProblem[] }[] = [];
    for (const { workspace, seq } of await this.#store.workspaces()) {
      const problems = await this.#queue.run(workspace, () => this.#restore(workspace, seq));
      if (problems.length > 0) failed.push({ workspace, problems });
    }
    return failed;
  }

  async plan(source: FleetSource, options: ChangeOptions = {}): Promise<FleetPlan> {
    const candidate = await this.#compile(source, options);
    const { fleet } = candidate;
    const space = this.#spaces.get(fleet.workspace);
    const plan = { workspace: fleet.workspace, version: fleet.version, previous: space?.fleet?.version ?? null };
    if (candidate.problems.length > 0) return { ...plan, changes: [], access: [], problems: [...candidate.problems] };
    const { problems } = await prepareParts(this.#options.parts, fleet, candidate.locate);
    const changes = diffItems(space?.items ?? NO_ITEMS, candidate.items);
    const access = problems.length > 0 ? [] : await this.#options.whoCanDiff(space?.fleet, fleet);
    return { ...plan, changes, access: [...access], problems: [...problems] };
  }

  async apply(source: FleetSource, by: string, options: ChangeOptions = {}): Promise<FleetApplied> {
    const candidate = await this.#compile(source, options);
    return this.#queue.run(candidate.fleet.workspace, () => this.#commit(candidate, 'applied', by, options));
  }

  /** Puts an earlier version in force again, as a new step in the history. */
  async rollback(workspace: string, version: string, by: string, options: ChangeOptions = {}): Promise<FleetApplied> {
    assertScope(workspace, options);
    return this.#queue.run(workspace, async () => {
      const candidate = await readStoredFleet(
        this.#store,
        workspace,
        await findVersion(this.#store, workspace, version),
      );
      return this.#commit(candidate, 'rolled-back', by, options);
    });
  }

  /** Newest first. `before` is the `next` of the page before. */
  async versions(
    workspace: string,
    page: { before?: string; limit?: number } = {},
  ): Promise<{ items: FleetVersion[]; next: string | null }> {
    const limit = Math.min(page.limit ?? MAX_PAGE, MAX_PAGE);
    const before = Number(page.before ?? Number.MAX_SAFE_INTEGER);
    if (!Number.isSafeInteger(before)) throw new ReeveError('invalid_request', 'this cursor is not one of ours');
    const rows = await this.#store.page(workspace, before, limit + 1);
    const inForce = this.#spaces.get(workspace);
    const items = rows
      .slice(0, limit)
      .map(({ seq, ...row }) => ({ ...row, current: seq === inForce?.seq && inForce.fleet !== undefined }));
    return { items, next: rows.length > limit ? String(rows[limit - 1]?.seq) : null };
  }

  /** The files of a version: applied again, they give the same version. */
  async export(workspace: string, version?: string): Promise<FleetSource> {
    const items = this.#spaces.get(workspace)?.items;
    if (items === undefined) throw new ReeveError('not_found', `nothing was applied to workspace ${workspace}`);
    if (version === undefined) return exportItems(items.values());
    const row = await findVersion(this.#store, workspace, version);
    return exportItems((await readStoredFleet(this.#store, workspace, row)).items.values());
  }

  async #compile(source: FleetSource, options: ChangeOptions): Promise<Candidate> {
    const known = this.#spaces.get(options.workspace ?? 'default')?.items ?? NO_ITEMS;
    const candidate = await compileSource(source, known, options.workspace);
    assertScope(candidate.fleet.workspace, options);
    return candidate;
  }

  async #commit(
    candidate: Candidate,
    change: StoredVersion['change'],
    by: string,
    options: ChangeOptions,
  ): Promise<FleetApplied> {
    if (candidate.problems.length > 0) throw invalidFleet(candidate.problems);
    const { fleet, items } = candidate;
    const { workspace, version } = fleet;
    const space = this.#spaces.get(workspace);
    const previous = space?.fleet?.version ?? null;
    if (options.expectVersion !== undefined && options.expectVersion !== previous)
      throw new ReeveError(
        'conflict',
        `the version in force is ${previous ?? 'none'}, not ${options.expectVersion ?? 'none'}: plan again`,
      );
    if (version === previous) return { workspace, version, previous, changed: false, changes: [] };
    if (space === undefined && this.#spaces.size >= MAX_WORKSPACES)
      throw new ReeveError('overloaded', `there are ${MAX_WORKSPACES} workspaces already`);
    const prepared = await prepareParts(this.#options.parts, fleet, candidate.locate);
    if (prepared.problems.length > 0) throw invalidFleet(prepared.problems);
    const [seq, objects, appliedAtMs] = [(space?.seq ?? 0) + 1, items.size, this.#now()];
    const next: StoredVersion = { seq, version, previous, change, appliedAtMs, appliedBy: by, objects };
    const changes = diffItems(space?.items ?? NO_ITEMS, items);
    const agentIds = await this.#persist(workspace, next, items, changes);
    this.#activate(workspace, { seq: next.seq, fleet, items, agentIds }, prepared.activate);
    return { workspace, version, previous, changed: true, changes };
  }

  /** Version, objects and ledger entry in one unit. */
  async #persist(
    workspace: string,
    next: StoredVersion,
    items: FleetItems,
    changes: FleetApplied['changes'],
  ): Promise<ReadonlyMap<string, AgentId>> {
    const { items: before = NO_ITEMS, agentIds: known = NO_AGENTS } = this.#spaces.get(workspace) ?? {};
    const newAgents = namedAgents(items, known, next.appliedAtMs);
    const also = versionStatements({ workspace, next, newAgents, ...rowsOf(before, items, changes) });
    try {
      await this.#options.ledger.append([versionEntry(workspace, next)], also, 'power');
      return new Map([...known, ...newAgents.map(({ name, id }) => [name, id] as const)]);
    } catch (error) {
      if (!(await this.#overtaken(workspace).catch(() => false))) throw error;
      throw new ReeveError('conflict', 'another change of this fleet came first: plan again');
    }
  }

  /** Whether the store is ahead of what is in force here; then it is brought in force. */
  async #overtaken(workspace: string): Promise<boolean> {
    const [head] = await this.#store.page(workspace, Number.MAX_SAFE_INTEGER, 1);
    if (head === undefined || head.seq === this.#spaces.get(workspace)?.seq) return false;
    await this.#restore(workspace, head.seq);
    return true;
  }

  async #restore(workspace: string, seq: number): Promise<readonly LocatedProblem[]> {
    const row = await this.#store.bySeq(workspace, seq);
    if (row === undefined) throw new ReeveError('fail_closed', `version ${seq} of workspace ${workspace} is gone`);
    const agentIds = await this.#store.agentIds(workspace);
    const { fleet, items, problems, locate } = await readStoredFleet(this.#store, workspace, row);
    const refuse = (why: readonly LocatedProblem[]) => {
      this.#spaces.set(workspace, { seq, fleet: undefined, items, agentIds });
      return why;
    };
    if (problems.length > 0) return refuse(problems);
    const prepared = await prepareParts(this.#options.parts, fleet, locate);
    if (prepared.problems.length > 0) return refuse(prepared.problems);
    this.#activate(workspace, { seq, fleet, items, agentIds }, prepared.activate);
    return [];
  }

  /** INVARIANT: synchronous, so that no action sees one feature under the new version and another under the old. */
  #activate(workspace: string, space: Space, activateParts: () => void): void {
    try {
      activateParts();
      this.#spaces.set(workspace, space);
    } catch (cause) {
      // Half a fleet must not serve: the workspace is refused until the next apply.
      this.#spaces.set(workspace, { ...space, fleet: undefined });
      throw new ReeveError(
        'internal',
        'the fleet could not be put in force; this workspace is refused until it is applied again',
        { cause },
      );
    }
  }
}

function assertScope(workspace: string, { workspace: allowed }: ChangeOptions): void {
  if (allowed !== undefined && allowed !== workspace)
    throw new ReeveError('forbidden', `this credential may change workspace ${allowed} only`);
}
