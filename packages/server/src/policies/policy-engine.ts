import type { AccessChange, Agent, Finding } from '@reeve/contracts';
import { type Evaluation, type Explanation, explain } from '@reeve/policy';
import type { Fleet, FleetPart, FleetProblem } from '../registry/index.ts';
import { BASE_PATH, hasOwnBase } from './base-policies.ts';
import {
  deniedByBounds,
  deniedByEvaluation,
  deniedByState,
  deniedInShadow,
  deniedUnknown,
  failedClosed,
  heldBy,
  triedBy,
} from './denial.ts';
import { serverOf } from './fleet-facts.ts';
import { compileFleet, type FleetPolicies, mayAct, withinBounds } from './fleet-policies.ts';
import { Listable } from './listable.ts';
import type { PolicyRequest } from './policy-request.ts';
import { type KnownTools, type WhoCanQuery, type WhoCanRow, whoCanRows } from './who-can.ts';
import { diffAccess } from './who-can-diff.ts';

interface ListedPolicy {
  readonly id: string;
  readonly file: string;
  readonly effect: 'permit' | 'forbid';
  /** Whether it is Reeve's own, in force because the fleet did not replace it. */
  readonly base: boolean;
  readonly text: string;
}

interface PolicyEngineOptions {
  /** Names of tools that an MCP server was seen to offer, for answers about tools that nobody declared. */
  readonly knownTools?: KnownTools;
}

/** Answers "can it?" for every workspace, from memory. A workspace without policies is denied everything. */
export class PolicyEngine implements FleetPart {
  readonly #active = new Map<string, FleetPolicies & { readonly listable: Listable }>();
  readonly #knownTools: KnownTools;

  constructor(options: PolicyEngineOptions = {}) {
    this.#knownTools = options.knownTools ?? (() => []);
  }

  async prepare(fleet: Fleet): Promise<{ problems: readonly FleetProblem[]; activate: () => void }> {
    const { compiled, problems } = await compileFleet(fleet);
    return {
      problems,
      activate: () => this.#active.set(fleet.workspace, { ...compiled, listable: new Listable(compiled) }),
    };
  }

  /** Never throws, and always has a finding that decides; what policies in dry-run would have changed stands behind it. */
  authorize(request: PolicyRequest): readonly Finding[] {
    try {
      return this.#decide(request);
    } catch (error) {
      return [failedClosed(`policy engine: ${error instanceof Error ? error.message : String(error)}`)];
    }
  }

  /** The same decision with its rules quoted, for operators. */
  explain(request: PolicyRequest): { readonly finding: Finding; readonly explanation: Explanation | undefined } {
    const active = this.#active.get(request.workspace);
    const question = { ...request, agent: request.agent.name };
    const explanation = active && explain(active.evaluator.candidates(question), active.evaluator.evaluate(question));
    const finding = this.authorize(request)[0] ?? deniedUnknown();
    return { finding, explanation };
  }

  /** Inside the agent's bounds, and some permit could allow it. */
  mayListTool(workspace: string, agentName: string, tool: string): boolean {
    const active = this.#active.get(workspace);
    return active?.listable.mayList(agentName, { type: 'Tool', name: tool, server: serverOf(tool) }) === true;
  }

  /** Inside the agent's bounds, whatever policies say: a call of such a tool is answered by policy, not hidden as unknown. */
  boundsInclude(workspace: string, agentName: string, tool: string): boolean {
    const bounds = this.#active.get(workspace)?.bounds.get(agentName);
    return bounds?.tools.matches(tool) === true;
  }

  mayListModel(workspace: string, agentName: string, model: string): boolean {
    const active = this.#active.get(workspace);
    return active?.listable.mayList(agentName, { type: 'Model', name: model }) === true;
  }

  whoCan(workspace: string, query: WhoCanQuery): readonly WhoCanRow[] {
    const active = this.#active.get(workspace);
    return active === undefined ? [] : whoCanRows(active, query, this.#knownTools);
  }

  list(workspace: string): readonly ListedPolicy[] {
    const active = this.#active.get(workspace);
    if (active === undefined) return [];
    const ours = !hasOwnBase(active.fleet.policies);
    return active.policies.map(({ id, effect, text, source: { file } }) => ({
      id,
      file,
      effect,
      base: ours && file === BASE_PATH,
      text,
    }));
  }

  /** Who gains and who loses what, if `after` takes the place of `before`. */
  async diffWhoCan(before: Fleet | undefined, after: Fleet): Promise<readonly AccessChange[]> {
    const active = this.#active.get(after.workspace);
    const old = active?.fleet === before ? active : before && (await compileFleet(before)).compiled;
    return diffAccess(old, (await compileFleet(after)).compiled, this.#knownTools);
  }

  #decide(request: PolicyRequest): readonly Finding[] {
    const { action, resource, context } = request;
    const active = this.#active.get(request.workspace);
    // As it is in force now: the caller may still hold the agent of an earlier version.
    const agent = active?.fleet.agents.get(request.agent.name);
    const bounds = active?.bounds.get(request.agent.name);
    if (active === undefined || agent === undefined || bounds === undefined) return [deniedUnknown()];
    if (!mayAct(agent)) return [deniedByState(agent)];
    if (!withinBounds(bounds, resource)) return [deniedByBounds(request)];
    const evaluation = active.evaluator.evaluate({ agent: agent.name, action, resource, context });
    const shadow = isInShadow(agent, active.fleet) && context.effect !== 'read';
    const findings = shadow ? [deniedInShadow(agent, evaluation.decision)] : findingsOf(request, evaluation);
    return evaluation.dryRun === undefined ? findings : [...findings, triedBy(evaluation.dryRun)];
  }
}

/** Models and reads stay open to it, or it would have nothing to propose. */
function isInShadow(agent: Agent, { settings }: Fleet): boolean {
  return agent.autonomy === 'shadow' || settings.mode === 'shadow';
}

function findingsOf(request: PolicyRequest, evaluation: Evaluation): readonly Finding[] {
  if (evaluation.decision === 'deny') return [deniedByEvaluation(request, evaluation)];
  if (evaluation.holds !== undefined) return evaluation.holds.map((hold) => heldBy(request, hold));
  return [{ by: 'policy', verdict: 'allow', message: 'permitted', rule: evaluation.determining.join(', ') }];
}
