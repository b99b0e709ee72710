import type { Agent } from '@reeve/contracts';
import {
  type Compiled,
  checkPolicies,
  compilePolicies,
  PolicyEvaluator,
  type PolicyProblem,
  type PolicyResource,
} from '@reeve/policy';
import type { Fleet } from '../registry/index.ts';
import { withBasePolicies } from './base-policies.ts';
import { fleetFacts } from './fleet-facts.ts';
import { NamePatterns } from './name-patterns.ts';

/** What one agent may at most do, whatever policies permit. */
export interface Bounds {
  readonly tools: NamePatterns;
  readonly models: NamePatterns;
}

/** The policies of one fleet version, compiled. Immutable. */
export interface FleetPolicies {
  readonly fleet: Fleet;
  readonly policies: Compiled['policies'];
  readonly evaluator: PolicyEvaluator;
  readonly bounds: ReadonlyMap<string, Bounds>;
}

export async function compileFleet(
  fleet: Fleet,
): Promise<{ readonly compiled: FleetPolicies; readonly problems: readonly PolicyProblem[] }> {
  const { policies, problems } = await compilePolicies(withBasePolicies(fleet.policies), { pause });
  const checked = await checkPolicies(policies, fleetFacts(fleet), pause);
  const bounds = new Map([...fleet.agents.values()].map((agent) => [agent.name, boundsOf(agent)]));
  const compiled = { fleet, policies, evaluator: new PolicyEvaluator(policies), bounds };
  return { compiled, problems: [...problems, ...checked] };
}

/** Peers are not listed by agents: policies alone decide on them. */
export function withinBounds(bounds: Bounds, resource: PolicyResource): boolean {
  if (resource.type === 'Tool') return bounds.tools.matches(resource.name);
  return resource.type === 'Peer' || bounds.models.matches(resource.name);
}

export function mayAct(agent: Agent): boolean {
  return agent.state !== 'draft' && agent.state !== 'retired';
}

function boundsOf(agent: Agent): Bounds {
  return { tools: new NamePatterns(agent.tools), models: new NamePatterns(agent.models) };
}

/** Lets calls through during long work. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
