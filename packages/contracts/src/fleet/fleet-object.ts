import { z } from 'zod';
import { agentSchema } from './agent.ts';
import { approvalsSchema } from './approvals.ts';
import { budgetSchema } from './budget.ts';
import { guardrailsSchema } from './guardrails.ts';
import { modelSchema } from './model.ts';
import { riskRulesSchema } from './risk-rules.ts';
import { secretSchema } from './secret.ts';
import { toolServerSchema } from './tool-server.ts';
import { workspaceSchema } from './workspace.ts';

/** Every kind of object that a fleet directory may hold, by its `kind`. */
export const FLEET_KINDS = {
  Workspace: workspaceSchema,
  Agent: agentSchema,
  ToolServer: toolServerSchema,
  Model: modelSchema,
  Secret: secretSchema,
  Budget: budgetSchema,
  Guardrails: guardrailsSchema,
  RiskRules: riskRulesSchema,
  Approvals: approvalsSchema,
} as const;

/** Kinds of the design that this version does not apply yet. */
export const LATER_FLEET_KINDS = ['Peer', 'Sink'] as const;

export type FleetKind = keyof typeof FLEET_KINDS;

export const fleetObjectSchema = z.discriminatedUnion('kind', [
  workspaceSchema,
  agentSchema,
  toolServerSchema,
  modelSchema,
  secretSchema,
  budgetSchema,
  guardrailsSchema,
  riskRulesSchema,
  approvalsSchema,
]);
export type FleetObject = z.infer<typeof fleetObjectSchema>;
