import type { AgentHistory } from '../../../risk/index.ts';

interface Past {
  firstAtMs: number;
  lastRefusedAtMs: number | undefined;
  executed: number;
}

/** What agents did so far in the replay, and nothing before it: how much they are trusted begins there too. */
export class PastAgents {
  readonly #agents = new Map<string, Past>();

  readonly history: AgentHistory = async (_workspace, agent, atMost) => {
    const past = this.#agents.get(agent);
    return {
      firstAtMs: past?.firstAtMs,
      lastRefusedAtMs: past?.lastRefusedAtMs,
      executed: Math.min(past?.executed ?? 0, atMost),
    };
  };

  add(agent: string, atMs: number, refused: boolean): void {
    const past = this.#agents.get(agent) ?? { firstAtMs: atMs, lastRefusedAtMs: undefined, executed: 0 };
    this.#agents.set(agent, past);
    past.executed = refused ? 0 : past.executed + 1;
    if (refused) past.lastRefusedAtMs = atMs;
  }
}
