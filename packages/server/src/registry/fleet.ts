import type {
  AccessChange,
  Agent,
  Approvals,
  Budget,
  FleetKind,
  Guardrails,
  Model,
  RiskRules,
  Secret,
  ToolServer,
  Workspace,
} from '@reeve/contracts';

/** Everything applied to one workspace, under one version. Immutable: an apply makes another. */
export interface Fleet {
  readonly workspace: string;
  /** Hash of everything applied: `sha256:` and 64 hex digits. */
  readonly version: string;
  readonly settings: Workspace;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly toolServers: ReadonlyMap<string, ToolServer>;
  readonly models: ReadonlyMap<string, Model>;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly guardrails: ReadonlyMap<string, Guardrails>;
  readonly riskRules: ReadonlyMap<string, RiskRules>;
  readonly approvals: ReadonlyMap<string, Approvals>;
  readonly policies: readonly PolicyFile[];
}

export interface PolicyFile {
  /** Relative to the fleet directory, `policies/refund.cedar`. */
  readonly path: string;
  readonly text: string;
}

/** What is wrong with a fleet, at an object's path or at a place in a policy file. The registry turns it into file:line:column. */
export interface FleetProblem {
  readonly object?: { readonly kind: FleetKind; readonly name: string };
  readonly path?: readonly (string | number)[];
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Says what would be right. */
  readonly message: string;
}

/**
 * A feature's share in an apply. `prepare` compiles without side effects; only when no feature found a problem and the version
 * is on the ledger are all `activate` called, in one turn of the event loop, so that no action sees half a fleet.
 */
export interface FleetPart {
  prepare(fleet: Fleet): Promise<{ readonly problems: readonly FleetProblem[]; readonly activate: () => void }>;
}

/** Which permissions a change gives and takes; of all agents where nothing was in force before. */
export type WhoCanDiff = (before: Fleet | undefined, after: Fleet) => Promise<readonly AccessChange[]>;
