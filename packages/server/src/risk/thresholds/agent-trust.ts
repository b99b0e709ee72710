import { BoundedMap } from '../../lib/index.ts';
import type { NewAgentLevels } from './levels.ts';

const MAX_AGENTS = 10_000;
/** How old what is known of a new agent may be: it was less then, so thresholds stay strict a little longer. */
const NEW_FOR_MS = 5_000;
/** How soon a refusal by another part is noticed; one by risk itself is at once. */
const TRUSTED_FOR_MS = 30_000;
const DAY_MS = 86_400_000;

/** What an agent did since it was last refused; actions counted no further than `atMost`. */
export type AgentHistory = (
  workspace: string,
  agent: string,
  atMost: number,
) => Promise<{
  readonly firstAtMs: number | undefined;
  readonly lastRefusedAtMs: number | undefined;
  readonly executed: number;
}>;

export interface Evidence {
  readonly actions: number;
  readonly days: number;
}

interface Kept {
  readonly atMs: number;
  readonly evidence: Evidence;
  readonly atMost: number;
}

/** How much history without a refusal agents have. */
export class AgentTrust {
  readonly #history: AgentHistory;
  readonly #kept = new BoundedMap<string, Kept>(MAX_AGENTS);

  /** Of calls side by side one asks for all. */
  readonly #asking = new Map<string, { readonly atMost: number; readonly evidence: Promise<Evidence> }>();

  constructor(history: AgentHistory) {
    this.#history = history;
  }

  evidence(
    workspace: string,
    agent: string,
    wanted: readonly NewAgentLevels[],
    atMs: number,
  ): Evidence | Promise<Evidence> {
    const key = `${workspace}\n${agent}`;
    const atMost = Math.max(...wanted.map(({ until }) => until.actions));
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.atMost >= atMost) {
      const isNew = wanted.some((levels) => isNewBy(levels, kept.evidence));
      if (Math.abs(atMs - kept.atMs) < (isNew ? NEW_FOR_MS : TRUSTED_FOR_MS)) return kept.evidence;
    }
    const asked = this.#asking.get(key);
    if (asked !== undefined && asked.atMost >= atMost) return asked.evidence;
    const evidence = this.#ask(workspace, agent, atMost, atMs).finally(() => this.#asking.delete(key));
    this.#asking.set(key, { atMost, evidence });
    return evidence;
  }

  async #ask(workspace: string, agent: string, atMost: number, atMs: number): Promise<Evidence> {
    const { firstAtMs, lastRefusedAtMs, executed } = await this.#history(workspace, agent, atMost);
    const cleanSinceMs = lastRefusedAtMs ?? firstAtMs ?? atMs;
    const evidence = { actions: executed, days: Math.max(0, atMs - cleanSinceMs) / DAY_MS };
    this.#kept.set(`${workspace}\n${agent}`, { atMs, evidence, atMost });
    return evidence;
  }

  /** It starts over. */
  refused(workspace: string, agent: string, atMs: number): void {
    const key = `${workspace}\n${agent}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#kept.set(key, { ...kept, atMs, evidence: { actions: 0, days: 0 } });
  }
}

export function isNewBy({ until }: NewAgentLevels, { actions, days }: Evidence): boolean {
  return actions < until.actions || days < until.days;
}

export function evidenceInWords({ until, hold, deny }: NewAgentLevels, { actions, days }: Evidence): string {
  const soFar = `${Math.min(actions, until.actions)} of ${until.actions} actions, ${Math.floor(Math.min(days, until.days))} of ${until.days} days without a refusal`;
  return `strict: held from ${hold}, denied from ${deny} while the agent is new (${soFar})`;
}
