import type { RiskRules } from '@reeve/contracts';

/** From which score on an action waits for a person, and from which it is denied. */
export interface Levels {
  readonly hold: number;
  readonly deny: number;
}

/** Where RiskRules apply and none of them says otherwise. */
export const DEFAULT_LEVELS: Levels = { hold: 60, deny: 95 };

type Thresholds = NonNullable<RiskRules['thresholds']>;
export type NewAgentLevels = NonNullable<Thresholds['newAgents']>;

/** The strictest of all; those for new agents only where the agent is new by their own measure. */
export function levelsOf(all: readonly Thresholds[], isNew: (levels: NewAgentLevels) => boolean): Levels {
  if (all.length === 0) return DEFAULT_LEVELS;
  let hold = Number.POSITIVE_INFINITY;
  let deny = Number.POSITIVE_INFINITY;
  for (const thresholds of all) {
    const { newAgents } = thresholds;
    hold = Math.min(hold, thresholds.hold);
    deny = Math.min(deny, thresholds.deny);
    if (newAgents === undefined || !isNew(newAgents)) continue;
    hold = Math.min(hold, newAgents.hold);
    deny = Math.min(deny, newAgents.deny);
  }
  return { hold, deny };
}

export function verdictAt(score: number, { hold, deny }: Levels): 'hold' | 'deny' | undefined {
  if (score >= deny && score > 0) return 'deny';
  return score >= hold && score > 0 ? 'hold' : undefined;
}
