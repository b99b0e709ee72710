import type { Agent } from '@reeve/contracts';
import type { Fleet } from './fleet.ts';

/** Everything that is on record about one agent. */
export interface AgentRecord {
  readonly name: string;
  readonly description: string | null;
  readonly purpose: string;
  readonly owner: string;
  readonly sponsor: string | null;
  readonly trigger: Agent['trigger'];
  readonly data: Agent['data'];
  readonly tools: Agent['tools'];
  readonly models: Agent['models'];
  /** Names of secrets that Reeve uses on its behalf; the agent never sees what they hold. */
  readonly credentials: readonly string[];
  readonly framework: string | null;
  readonly vendor: string | null;
  readonly version: string | null;
  readonly risk: Agent['risk'];
  readonly autonomy: Agent['autonomy'];
  readonly state: Agent['state'];
  readonly reviewedAt: string | null;
  readonly reviewEvery: string | null;
  readonly rollback: { readonly procedure: string; readonly rehearsed: string | null } | null;
  readonly limits: Agent['limits'];
  readonly budgets: Agent['budgets'];
  readonly requireTags: Agent['requireTags'];
  readonly fleetVersion: string;
}

export function agentRecord(fleet: Fleet, name: string): AgentRecord | undefined {
  const agent = fleet.agents.get(name);
  if (agent === undefined) return undefined;
  const { purpose, owner, trigger, data, tools, models, risk, autonomy, state, limits, budgets, requireTags } = agent;
  return {
    ...{ name, purpose, owner, trigger, data, tools, models, risk, autonomy, state, limits, budgets, requireTags },
    description: agent.description ?? null,
    sponsor: agent.sponsor ?? null,
    credentials: credentialsOf(fleet, agent),
    framework: agent.runtime?.framework ?? null,
    vendor: agent.runtime?.vendor ?? null,
    version: agent.runtime?.version ?? null,
    reviewedAt: agent.reviewed?.at ?? null,
    reviewEvery: agent.reviewed?.every ?? null,
    rollback:
      agent.rollback === undefined
        ? null
        : { procedure: agent.rollback.procedure, rehearsed: agent.rollback.rehearsed ?? null },
    fleetVersion: fleet.version,
  };
}

function credentialsOf(fleet: Fleet, agent: Agent): string[] {
  const names = new Set<string | undefined>();
  for (const server of fleet.toolServers.values())
    if (agent.tools.some((pattern) => pattern === '*' || pattern.startsWith(`${server.name}.`)))
      names.add(server.credential);
  for (const model of fleet.models.values())
    if (agent.models.some((pattern) => covers(pattern, model.name)))
      for (const target of model.targets)
        names.add(target.credential ?? fleet.settings.providers[target.provider]?.credential);
  for (const [name, provider] of Object.entries(fleet.settings.providers))
    if (
      agent.models.some(
        (pattern) =>
          pattern === '*' ||
          pattern.startsWith(`${name}/`) ||
          (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))),
      )
    )
      names.add(provider.credential);
  return [...names].filter((name) => name !== undefined).sort();
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}
