import type { Effect, Finding } from '@reeve/contracts';

/** What is known of an action when its risk is assessed. */
interface RiskFacts {
  readonly workspace: string;
  readonly agent: string;
  readonly run: string;
  /** `server.tool` or a model. */
  readonly target: string;
  readonly effect: Effect;
  readonly atMs: number;
}

interface RiskAssessment {
  /** 0 to 100. */
  readonly score: number;
  readonly findings: readonly Finding[];
}

/** Should it, now? */
export interface RiskAssessor {
  assess(facts: RiskFacts): RiskAssessment;
}

const NOTHING: RiskAssessment = { score: 0, findings: [] };

/** Assesses nothing and says nothing: no rule is in force, so no finding may claim that one was looked at. */
export const noRisk: RiskAssessor = { assess: () => NOTHING };
