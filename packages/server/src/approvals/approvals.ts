import type { Agent, ApprovalId, Effect, Finding, GrantId } from '@reeve/contracts';
import type { PayloadStore } from '../audit/index.ts';
import { ReeveError } from '../lib/index.ts';
import type { Fleet, FleetPart } from '../registry/index.ts';
import type { Storage } from '../storage/index.ts';
import { type Approval, agreed, type Decider, includesAddress } from './approval.ts';
import { ApprovalBook } from './approval-book.ts';
import { type ApprovalContent, parseContent } from './approval-content.ts';
import type {
  ApprovalDesk,
  ApprovalState,
  Clearance,
  HeldAction,
  ProposedCallFacts,
  Recalled,
} from './approval-desk.ts';
import { ApprovalFeed } from './approval-feed.ts';
import { ApprovalLog, type ApprovalLogParts, type ApprovalMeter } from './approval-log.ts';
import { type ApprovalOutbox, noOutbox } from './approval-notice.ts';
import { requirementOf } from './approval-requirement.ts';
import { type ApprovalRule, ApprovalRules, approvalsProblems } from './approval-rules.ts';
import { type ApprovalFilter, ApprovalStore, type WaitRow } from './approval-store.ts';
import { ApprovalWaiters } from './approval-waiters.ts';
import { Clearing } from './clearing.ts';
import { type ApproverDirectory, type CheckArguments, Deciding } from './deciding.ts';
import type { Decision } from './decision.ts';
import { Endings } from './endings.ts';
import type { Grant } from './grant.ts';
import { Grants, mayGrant } from './grants.ts';
import { OpenApproval, separatedFrom } from './open-approval.ts';
import { mayDecide } from './why-not.ts';

const TICK_MS = 1_000;
const LOAD_PAGE = 500;
const MAX_LOADED = 100_000;

export interface ApprovalsParts {
  readonly storage: Storage;
  readonly ledger: ApprovalLogParts['ledger'];
  readonly payloads: Pick<PayloadStore, 'keep' | 'read'>;
  readonly people: ApproverDirectory;
  readonly meter: ApprovalMeter;
  readonly onFault: (message: string, error: unknown) => void;
  readonly outbox?: ApprovalOutbox;
  /** What is wrong with arguments for a tool, asked when an approver edits them; they are judged again when they are executed. */
  readonly checkArguments?: CheckArguments;
  readonly now?: () => number;
  readonly steady?: () => number;
}

interface Space {
  readonly fleet: Fleet;
  readonly rules: ApprovalRules;
}

/** Held actions that wait for people: asked once, answered by those who may, used once, under the rules that were shown. */
export class Approvals implements ApprovalDesk, FleetPart, AsyncDisposable {
  /** What happens to approvals, as it happens. */
  readonly feed = new ApprovalFeed();
  readonly #parts: ApprovalsParts;
  readonly #now: () => number;
  readonly #spaces = new Map<string, Space>();
  readonly #book: ApprovalBook;
  readonly #waiters = new ApprovalWaiters();
  readonly #store: ApprovalStore;
  readonly #grants: Grants;
  readonly #clearing: Clearing;
  readonly #deciding: Deciding;
  readonly #endings: Endings;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: ApprovalsParts) {
    const { storage, ledger, payloads, people, meter, onFault, outbox = noOutbox } = parts;
    const clock = { now: parts.now ?? Date.now, steady: parts.steady ?? (() => performance.now()) };
    this.#book = new ApprovalBook(clock);
    const [book, now, feed, waiters] = [this.#book, clock.now, this.feed, this.#waiters];
    this.#parts = parts;
    this.#now = now;
    this.#store = new ApprovalStore(storage);
    const store = this.#store;
    const log = new ApprovalLog({ ledger, outbox, feed, waiters, meter });
    const mayStill = (grant: Grant, held: HeldAction) => this.#mayStillGrant(grant, held);
    this.#grants = new Grants({ storage, ledger, mayStill, clock });
    const grants = this.#grants;
    const fleetOf = (workspace: string) => this.#spaces.get(workspace)?.fleet;
    const open = new OpenApproval({ book, payloads, ruleOf: (held) => this.#ruleOf(held), fleetOf, now });
    const standing = (approval: Approval, held: HeldAction) => this.#standing(approval, held);
    const fleetVersion = (workspace: string) => fleetOf(workspace)?.version;
    this.#clearing = new Clearing({
      book,
      grants,
      log,
      open,
      standing,
      fleetVersion,
      refresh: (one) => void this.#refresh(one),
      now,
    });
    const checkArguments = parts.checkArguments ?? (() => undefined);
    this.#deciding = new Deciding({ book, store, grants, log, payloads, people, fleetVersion, checkArguments, now });
    this.#endings = new Endings({ storage, book, store, log, onFault, now });
    this.#timer = setInterval(() => void this.tick(), TICK_MS).unref();
  }

  /** Before a fleet is put in force: what waited when the process ended goes on waiting. */
  async load(): Promise<void> {
    await this.#endings.recover();
    await this.#grants.load();
    let after = '';
    for (let loaded = 0; loaded < MAX_LOADED; loaded += LOAD_PAGE) {
      const page = await this.#store.live(this.#now(), after, LOAD_PAGE);
      for (const approval of page) await this.#restore(approval);
      if (page.length < LOAD_PAGE) return;
      after = page.at(-1)?.id ?? after;
    }
  }

  async prepare(fleet: Fleet): Promise<Awaited<ReturnType<FleetPart['prepare']>>> {
    const rules = new ApprovalRules(fleet);
    return {
      problems: approvalsProblems(fleet),
      activate: () => {
        this.#spaces.set(fleet.workspace, { fleet, rules });
        void this.#endings.withdrawOutdated(fleet.workspace, fleet.version);
      },
    };
  }

  requirement(held: Omit<HeldAction, 'findings' | 'risk' | 'argsDigest'>): Finding | undefined {
    return requirementOf(held, this.#ruleOf(held));
  }

  /** For how long a call may be kept open, by the Approvals objects that cover it. */
  holdMs(workspace: string, agent: string, target: string, effect: Effect): number {
    return this.#spaces.get(workspace)?.rules.of(agent, target, effect).holdMs ?? 0;
  }

  recall({ workspace, agent, target, digest }: ProposedCallFacts): Recalled | undefined {
    const live = this.#book.about({ workspace, agent: agent.name, target, digest });
    if (live === undefined || this.#book.isOver(live)) return undefined;
    const { approval, args, claims } = live;
    if (approval.state === 'denied') return { approval: approval.id };
    if (approval.fleetVersion !== this.#spaces.get(workspace)?.fleet.version) return undefined;
    const isFree = approval.state === 'approved' && claims + approval.used < approval.uses;
    if (approval.edited && args !== undefined && (isFree || approval.state === 'pending'))
      return { approval: approval.id, args };
    return isFree ? { approval: approval.id } : undefined;
  }

  clear(held: HeldAction, recalled: Recalled | undefined): Clearance {
    return this.#clearing.clear(held, recalled);
  }

  async wait(
    id: ApprovalId,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<ApprovalState> {
    const live = this.#book.get(id);
    if (live === undefined) return this.#waiters.ended(id) ?? 'expired';
    return live.approval.state === 'pending' ? this.#waiters.wait(id, options) : live.approval.state;
  }

  /** Throws `not_found`, `forbidden`, or `conflict` that says who was first. */
  decide(workspace: string, id: ApprovalId, by: Decider, decision: Decision): Promise<Approval> {
    return this.#deciding.decide(workspace, id, by, decision);
  }

  /** An approval with what people see of it; the content is undefined once it was erased. */
  async show(workspace: string, id: string): Promise<ShownApproval | undefined> {
    const live = this.#book.get(id as ApprovalId)?.approval;
    const approval = live?.workspace === workspace ? live : await this.#store.one(workspace, id);
    if (approval === undefined) return undefined;
    const kept = await this.#parts.payloads.read(workspace, approval.content);
    const content = kept?.bytes === undefined ? undefined : parseContent(kept.bytes);
    return { approval: { ...approval }, content };
  }

  /** Newest first, one more than asked for where there are more. */
  async list(workspace: string, filter: ApprovalFilter): Promise<readonly Approval[]> {
    const rows = await this.#store.page(workspace, filter);
    return rows.map((row) => ({ ...row, ...this.#book.get(row.id)?.approval }));
  }

  /** Earlier decisions about the same tool by the same agent, newest first. */
  past(approval: Approval, limit: number): Promise<readonly Approval[]> {
    return this.#store.past(approval, limit);
  }

  waits(workspace: string, sinceMs: number, limit: number): Promise<readonly WaitRow[]> {
    return this.#store.waits(workspace, sinceMs, limit);
  }

  /** Whether this person could decide it now, separation of duties aside. */
  mayDecide(approval: Approval, by: Decider): boolean {
    return mayDecide(approval, by, this.#parts.people);
  }

  grants(workspace: string, beforeId: string | undefined, limit: number): Promise<readonly Grant[]> {
    return this.#grants.list(workspace, beforeId, limit);
  }

  revokeGrant(workspace: string, id: GrantId, by: Decider): Promise<void> {
    return this.#grants.revoke(workspace, id, by);
  }

  /** How many wait, in all workspaces. */
  pending(): number {
    let pending = 0;
    for (const { approval } of this.#book.values()) if (approval.state === 'pending') pending++;
    return pending;
  }

  /** Ends what ran out and escalates what waits too long; the timer does it every second. */
  tick(): Promise<void> {
    return this.#endings.tick();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#waiters.release();
    await this.#endings.tick();
  }

  #ruleOf({
    workspace,
    agent,
    target,
    effect,
  }: Pick<HeldAction, 'workspace' | 'target' | 'effect'> & { agent: Agent }): ApprovalRule {
    const space = this.#spaces.get(workspace);
    if (space === undefined) throw new ReeveError('fail_closed', 'no fleet is in force for approvals');
    return space.rules.of(agent.name, target, effect);
  }

  /** How many of those who agreed may still approve, and are not part of what would be done now. */
  #standing(approval: Approval, held: HeldAction): number {
    const { people } = this.#parts;
    const separated = separatedFrom(held, this.#ruleOf(held));
    return agreed(approval).filter(({ by }) => mayDecide(approval, by, people) && !includesAddress(separated, by.name))
      .length;
  }

  #mayStillGrant({ createdBy, workspace }: Grant, held: HeldAction): boolean {
    const rule = this.#ruleOf(held);
    const { quorum, approvers } = rule;
    if (!mayGrant({ quorum, separated: separatedFrom(held, rule) }, createdBy)) return false;
    const escalations = rule.escalate.map(({ to }) => ({ atMs: 0, to }));
    const terms = { objects: [], quorum, approvers, separated: [], escalations, batchMs: 0, holds: [] };
    return mayDecide({ workspace, terms, escalated: escalations.length }, createdBy, this.#parts.people);
  }

  async #restore(approval: Approval): Promise<void> {
    const live = this.#book.add(approval, false);
    if (!approval.edited || approval.state === 'denied') return;
    const kept = await this.#parts.payloads.read(approval.workspace, approval.content);
    // Without the arguments that people agreed to, nothing may pass: the call is asked about anew.
    if (kept?.bytes === undefined) this.#book.remove(live);
    else live.args = parseContent(kept.bytes).args;
  }

  /** A use failed: the store knows better. */
  async #refresh({ workspace, id }: Approval): Promise<void> {
    const stored = await this.#store.one(workspace, id).catch((error: unknown) => {
      // What memory still takes for unused the store refuses at its next use.
      this.#parts.onFault(`the approval ${id} could not be read again`, error);
      return undefined;
    });
    const live = this.#book.get(id);
    if (stored === undefined || live === undefined || live.claims > 0 || live.approval.state !== 'approved') return;
    if (stored.state === 'approved') live.approval.used = stored.used;
    else this.#book.remove(live);
  }
}

export interface ShownApproval {
  readonly approval: Approval;
  readonly content: ApprovalContent | undefined;
}
