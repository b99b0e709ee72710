import type { ActionId, ActionKind, Agent, Effect, Finding, RunId } from '@reeve/contracts';
import { must, ReeveError } from '../../lib/index.ts';
import type { PolicyRequest } from '../../policies/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { RiskFacts } from '../../risk/index.ts';
import type { ToolTargetRef } from '../action.ts';
import { type ArgumentCheck, CallArguments, declarationOf, toolTarget } from '../tools/index.ts';

// One call as a candidate is told of it: written beside a policy, or recorded.

export interface CandidateCall {
  readonly action: ActionId;
  readonly kind: ActionKind;
  readonly agent: string;
  /** `server.tool` or a model. */
  readonly target: string;
  /** Of a tool that nobody declared. */
  readonly effect: Effect | undefined;
  readonly args: Readonly<Record<string, unknown>>;
  readonly run: RunId;
  readonly root: RunId;
  readonly user?: string | undefined;
  readonly feature?: string | undefined;
  readonly session?: string | undefined;
  readonly reason?: string | undefined;
  readonly labels: readonly string[];
  /** Given: rules of risk are not asked. */
  readonly risk?: number | undefined;
  /** Of contributors that a candidate cannot ask. */
  readonly findings: readonly Finding[];
  readonly atMs: number;
}

/** The call with what the candidate's declarations make of it. */
export interface ToldCall {
  readonly agent: Agent;
  /** Undefined for a model. */
  readonly tool: ToolTargetRef | undefined;
  readonly effect: Effect;
  readonly amount: number | undefined;
}

const MODEL_KIND = 'model.generate';
const NO_DELEGATION: readonly string[] = [];
/** The schema was judged when the call was made; a case beside a policy has none. */
const NO_CHECK: ArgumentCheck = { check: () => undefined };

/** A finding where the candidate would refuse the call before it asks any rule. */
export function toldCall(fleet: Fleet, call: CandidateCall): ToldCall | { readonly finding: Finding } {
  const agent = fleet.agents.get(call.agent);
  if (agent === undefined) return refusal('identity', 'unauthenticated', `no agent is named ${call.agent}`);
  if (call.kind === MODEL_KIND) return { agent, tool: undefined, effect: 'read', amount: undefined };
  const dot = call.target.indexOf('.');
  const server = fleet.toolServers.get(call.target.slice(0, Math.max(0, dot)));
  if (server === undefined) return refusal('identity', 'unknown_tool', `no tool server of ${call.target} is declared`);
  const name = call.target.slice(dot + 1);
  try {
    const args = new CallArguments(call.args);
    const declaration = declarationOf(server, name);
    void args.judge({ checker: NO_CHECK, hash: '', schema: {}, declaration });
    const tool = toolTarget(server, name, args, undefined, call.effect);
    return { agent, tool, effect: tool.effect, amount: tool.amount };
  } catch (error) {
    if (error instanceof ReeveError && error.code === 'invalid_arguments')
      return refusal('schema', 'invalid_arguments', error.message);
    throw error;
  }
}

export function policyRequestOf(fleet: Fleet, call: CandidateCall, told: ToldCall, risk: number): PolicyRequest {
  const { tool, agent } = told;
  return {
    workspace: fleet.workspace,
    agent,
    action: tool === undefined ? 'generate' : 'call',
    resource:
      tool === undefined
        ? { type: 'Model', name: call.target }
        : { type: 'Tool', name: tool.name, server: tool.server },
    context: {
      args: tool?.args ?? {},
      effect: told.effect,
      amount: tool?.amount,
      subject: tool?.subject,
      destination: tool?.destination,
      risk,
      labels: call.labels,
      run: call.run,
      autonomy: agent.autonomy,
      atMs: call.atMs,
      timeZone: fleet.settings.timeZone,
      delegation: NO_DELEGATION,
    },
  };
}

export function riskFactsOf(fleet: Fleet, call: CandidateCall, { agent, tool, effect }: ToldCall): RiskFacts {
  return {
    action: call.action,
    kind: call.kind,
    workspace: fleet.workspace,
    agent,
    run: call.run,
    root: call.root,
    user: call.user,
    feature: call.feature,
    session: call.session,
    target: call.target,
    effect,
    reversible: tool?.reversible ?? 'compensable',
    args: tool?.args ?? {},
    amount: tool?.amount,
    subject: tool?.subject,
    destination: tool?.destination,
    labels: call.labels,
    findings: call.findings,
    reason: call.reason,
    timeZone: fleet.settings.timeZone,
    atMs: call.atMs,
  };
}

function refusal(
  by: Finding['by'],
  code: NonNullable<Finding['code']>,
  message: string,
): { readonly finding: Finding } {
  return { finding: { by, verdict: 'deny', code, message } };
}

/** The server in `server.tool`. */
export function serverOf(target: string): string {
  return must(target.split('.')[0], 'a name');
}
