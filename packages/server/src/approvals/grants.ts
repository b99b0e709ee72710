import type { GrantId } from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import { ReeveError } from '../lib/index.ts';
import type { Statement, Storage } from '../storage/index.ts';
import { type Approval, type Decider, includesAddress } from './approval.ts';
import type { HeldAction } from './approval-desk.ts';
import { type DeskClock, steadyAt } from './desk-clock.ts';
import { type Grant, grantCovers } from './grant.ts';
import { insertGrant, pageGrants, readLiveGrants, revokeGrant, useGrant } from './grant-store.ts';

const MAX_LIVE_GRANTS = 10_000;
const MAX_GRANTS_PER_WORKSPACE = 1_000;

export interface GrantsParts {
  readonly storage: Pick<Storage, 'read'>;
  readonly ledger: {
    append(entries: readonly EntryBody[], also: readonly Statement[], durability: 'power'): Promise<unknown>;
  };
  /** Whether this person may still approve such calls alone. */
  readonly mayStill: (grant: Grant, held: HeldAction) => boolean;
  readonly clock: DeskClock;
}

export interface GrantUse {
  readonly grant: Grant;
  readonly statement: Statement;
  readonly entry: EntryBody;
  settled(used: boolean): void;
}

interface LiveGrant {
  readonly grant: Grant;
  /** When it is over, on the clock that only goes forward. */
  readonly overAt: number;
  claims: number;
}

/** Standing approvals: counted in memory before anything is awaited, and for good in the unit of the intent. */
export class Grants {
  readonly #parts: GrantsParts;
  readonly #live = new Map<GrantId, LiveGrant>();

  constructor(parts: GrantsParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    for (const grant of await readLiveGrants(this.#parts.storage, this.#parts.clock.now(), MAX_LIVE_GRANTS))
      this.#add(grant);
  }

  /** The first grant that covers this call and has a use left; that use is then taken. */
  take(held: HeldAction): GrantUse | undefined {
    const { clock, mayStill } = this.#parts;
    const nowMs = clock.now();
    for (const live of this.#live.values()) {
      const { grant } = live;
      if (grant.untilMs <= nowMs || live.overAt <= clock.steady()) {
        this.#live.delete(grant.id);
        continue;
      }
      if (grant.used + live.claims >= grant.maxUses) continue;
      if (!grantCovers(grant, held) || !mayStill(grant, held)) continue;
      return this.#claim(live, held, nowMs);
    }
    return undefined;
  }

  /** The statements and entry that make it; `made` is called once they are on record. */
  creation(grant: Grant): { readonly statement: Statement; readonly entry: EntryBody; made(): void } {
    const { id, workspace, agent, target, approval, scope, untilMs, maxUses, createdBy } = grant;
    let count = 0;
    for (const live of this.#live.values()) if (live.grant.workspace === workspace) count++;
    if (count >= MAX_GRANTS_PER_WORKSPACE)
      throw new ReeveError('conflict', `there are ${MAX_GRANTS_PER_WORKSPACE} grants in force; revoke some first`);
    return {
      statement: insertGrant(grant),
      entry: {
        event: 'grant.created',
        workspace,
        grant: id,
        agent,
        target,
        by: createdBy.id,
        approval,
        untilMs,
        maxUses,
        args: scope.args,
        ...(scope.maxAmount === undefined ? {} : { maxAmount: scope.maxAmount }),
        flow: scope.flow,
      },
      made: () => this.#add(grant),
    };
  }

  /** At once: what was about to use it fails. Again is no fault. */
  async revoke(workspace: string, id: GrantId, by: Decider): Promise<void> {
    const known = this.#live.get(id)?.grant;
    const grant = known ?? (await this.list(workspace, undefined, MAX_LIVE_GRANTS)).find((one) => one.id === id);
    if (grant === undefined || grant.workspace !== workspace)
      throw new ReeveError('not_found', `there is no grant ${JSON.stringify(id)} in workspace ${workspace}`);
    if (grant.revokedAtMs !== undefined) return;
    const nowMs = this.#parts.clock.now();
    this.#live.delete(id);
    grant.revokedAtMs = nowMs;
    const { agent, target } = grant;
    const entry: EntryBody = { event: 'grant.revoked', workspace, grant: id, agent, target, by: by.id };
    await this.#parts.ledger.append([entry], [revokeGrant(grant, by.id, nowMs)], 'power');
  }

  async list(workspace: string, beforeId: string | undefined, limit: number): Promise<readonly Grant[]> {
    return (await pageGrants(this.#parts.storage, workspace, beforeId, limit)).map(
      (row) => this.#live.get(row.id)?.grant ?? row,
    );
  }

  #add(grant: Grant): void {
    this.#live.set(grant.id, { grant, overAt: steadyAt(this.#parts.clock, grant.untilMs), claims: 0 });
  }

  #claim(live: LiveGrant, held: HeldAction, nowMs: number): GrantUse {
    const { grant } = live;
    const { id, workspace, agent, target } = grant;
    if (!held.dryRun) live.claims++;
    return {
      grant,
      statement: useGrant(grant, nowMs),
      entry: { event: 'grant.used', workspace, grant: id, agent, target, action: held.action },
      settled: (used) => {
        if (held.dryRun) return;
        live.claims--;
        if (used) grant.used++;
      },
    };
  }
}

/** A grant stands for one person: it is worth nothing where more must agree, or that person may not approve. */
export function mayGrant(terms: Pick<Approval['terms'], 'quorum' | 'separated'>, creator: Decider): boolean {
  return terms.quorum === 1 && !includesAddress(terms.separated, creator.name);
}
