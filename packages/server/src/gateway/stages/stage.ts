import type { Outcome } from '@reeve/contracts';
import type { CredentialService, ShadowAgents } from '../../access/index.ts';
import type { ApprovalDesk } from '../../approvals/index.ts';
import type { Ledger, PayloadStore } from '../../audit/index.ts';
import type { Budgets, CallLimits } from '../../budgets/index.ts';
import type { FlowTracker } from '../../flows/index.ts';
import type { Guardrails } from '../../guardrails/index.ts';
import type { PolicyEngine } from '../../policies/index.ts';
import type { FleetService, Stops } from '../../registry/index.ts';
import type { RiskAssessor } from '../../risk/index.ts';
import type { ActionRecords, RunJoiner, Runs } from '../../traces/index.ts';
import type { Idempotency } from '../idempotency/index.ts';
import type { Passage } from '../passage.ts';

/** What stages ask. Each stage takes only the parts that it names. */
export interface StageParts {
  readonly credentials: Pick<CredentialService, 'identify' | 'refusalReason'>;
  readonly shadows: Pick<ShadowAgents, 'seen'>;
  readonly fleets: Pick<FleetService, 'current' | 'agentId'>;
  readonly stops: Pick<Stops, 'check' | 'watch' | 'order'>;
  readonly runs: Pick<Runs, 'resolve' | 'lineage' | 'runStatements' | 'committed'>;
  readonly joiner: Pick<RunJoiner, 'find' | 'answering' | 'answered'>;
  readonly limits: Pick<CallLimits, 'admit'>;
  readonly budgets: Pick<Budgets, 'reserve' | 'settle' | 'release'>;
  readonly guardrails: Pick<Guardrails, 'checker'>;
  readonly policies: Pick<PolicyEngine, 'authorize'>;
  readonly risk: RiskAssessor;
  readonly flows: FlowTracker;
  readonly approvals: ApprovalDesk;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly payloads: Pick<PayloadStore, 'keep'>;
  readonly records: ActionRecords;
  readonly idempotency: Pick<Idempotency, 'begin'>;
  readonly now: () => number;
}

/**
 * Asks features for findings and holds no rules of its own. Returns an outcome to end the action there; nothing, to let it pass.
 * The stages that always run are told how the action has ended so far, and may make that stricter.
 */
export type Stage = (
  passage: Passage,
  parts: StageParts,
  ended: Outcome | undefined,
) => Outcome | undefined | Promise<Outcome | undefined>;
