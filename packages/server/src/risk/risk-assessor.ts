import type { ActionId, ActionKind, Agent, Effect, Finding, RunId } from '@reeve/contracts';
import type { Statement } from '../storage/index.ts';

/** What is known of an action when its risk is assessed. */
export interface RiskFacts {
  readonly action: ActionId;
  readonly kind: ActionKind;
  readonly workspace: string;
  readonly agent: Agent;
  readonly run: RunId;
  /** The root run of its lineage. */
  readonly root: RunId;
  readonly user: string | undefined;
  readonly feature: string | undefined;
  readonly session: string | undefined;
  /** `server.tool` or a model. */
  readonly target: string;
  readonly effect: Effect;
  readonly reversible: 'irreversible' | 'compensable' | { readonly withinMs: number };
  /** Of a tool; empty for a model. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly amount: number | undefined;
  readonly subject: string | undefined;
  readonly destination: string | undefined;
  /** What the run has taken in so far. */
  readonly labels: readonly string[];
  /** Findings of earlier stages. */
  readonly findings: readonly Finding[];
  /** The agent's own words why, where it gave them. */
  readonly reason: string | undefined;
  /** IANA name. */
  readonly timeZone: string;
  readonly atMs: number;
  /** Decided only: nobody is alerted, nothing is stopped, counted or held against the agent. */
  readonly dryRun?: boolean;
}

/**
 * What rules say of one action. Assessing counts the action in every signal at once, so that calls side by side see each other;
 * `withdraw` takes it out again where it was not executed.
 */
export interface RiskAssessment {
  /** 0 to 100. */
  readonly score: number;
  /** One for each rule that spoke (verdict `allow` and its `score`), and one that holds or denies where a threshold is reached. */
  readonly findings: readonly Finding[];
  /** What is to be stopped until a person resumes it, and why. */
  readonly stop?: { readonly what: 'run' | 'agent'; readonly why: string };
  /** The rule by which what only flow holds may pass. */
  readonly declassifiedBy?: string;
  /** Rows that let signals be rebuilt after a restart; they join the unit of the intent. */
  statements(): readonly Statement[];
  withdraw(): void;
  /** A second opinion that is wanted before this may pass; asked only where nothing denies already. Never rejects. */
  readonly consult?: (signal: AbortSignal) => Promise<readonly Finding[]>;
}

/** Should it, now? May throw: then the action is refused. */
export interface RiskAssessor {
  assess(facts: RiskFacts): RiskAssessment | Promise<RiskAssessment>;
}

const NOTHING: RiskAssessment = { score: 0, findings: [], statements: () => [], withdraw: () => undefined };

/** Assesses nothing and says nothing: no rule is in force, so no finding may claim that one was looked at. */
export const noRisk: RiskAssessor = { assess: () => NOTHING };
