import type { ActionId, Effect, Finding, RunId, ToolDeclaration } from '@reeve/contracts';
import type { Conversation } from './conversation.ts';

/** Where an action stands, for everything that a run takes in. */
export interface FlowScope {
  readonly workspace: string;
  readonly agent: string;
  readonly run: RunId;
  readonly root: RunId;
  /**
   * Runs of the same agent that this action may belong to as well: it could not be told which. What they heard untrusted and their
   * labels count here too; what they heard trusted does not.
   */
  readonly candidates?: readonly RunId[];
  readonly atMs: number;
}

/** What is known of an action when the origin of its values is asked. */
export interface FlowFacts extends FlowScope {
  readonly action: ActionId;
  /** `server.tool` or a model. */
  readonly target: string;
  readonly effect: Effect;
  /** As declared; undefined for a tool nobody declared, and for models. */
  readonly declaration: ToolDeclaration | undefined;
  readonly inputSchema: Readonly<Record<string, unknown>> | undefined;
  readonly description: string | undefined;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What a tool answered. */
export interface FlowResult extends FlowScope {
  readonly action: ActionId;
  /** `server.tool`. */
  readonly target: string;
  readonly effect: Effect;
  readonly declaration: ToolDeclaration | undefined;
  readonly trust: 'trusted' | 'untrusted';
  readonly args: Readonly<Record<string, unknown>>;
  /** All text of the result, in order. */
  readonly texts: readonly string[];
}

/** Where did a value come from, and where may it go? Synchronous, from memory; what it keeps of a run is bounded. */
export interface FlowTracker {
  /** What the run has taken in so far, e.g. `untrusted`, `private:payments`. */
  labels(scope: FlowScope): readonly string[];
  /** Findings of verdict `hold` with their evidence, or `allow` with what was looked at. */
  assess(facts: FlowFacts): readonly Finding[];
  /** Messages of a model call, the whole conversation each time. */
  heard(scope: FlowScope, conversation: Conversation): void;
  /** A tool's result is about to reach the agent. */
  received(result: FlowResult): void;
  /** People let these values pass: they no longer count as untrusted in this run. */
  declassified(scope: FlowScope, findings: readonly Finding[], by: string): void;
}
