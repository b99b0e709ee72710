import type { Agent } from '@reeve/contracts';
import type { PolicyAction, PolicyContext, PolicyResource } from '@reeve/policy';

/** May this agent do this, in this workspace? */
export interface PolicyRequest {
  readonly workspace: string;
  readonly agent: Agent;
  readonly action: PolicyAction;
  readonly resource: PolicyResource;
  readonly context: PolicyContext;
}
