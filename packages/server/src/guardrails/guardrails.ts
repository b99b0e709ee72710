import type { Agent, GuardrailPlace, Guardrails as GuardrailsObject } from '@reeve/contracts';
import { GUARDRAIL_PLACES } from '@reeve/contracts';
import type { Fleet, FleetPart, FleetProblem } from '../registry/index.ts';
import type { Entry } from './check-findings.ts';
import { type CompiledChecks, compileChecks } from './compile-checks.ts';
import { ContentChecker } from './content-checker.ts';
import type { Checker } from './inspection.ts';

type Places = Partial<Record<GuardrailPlace, Checker>>;

/** The content checks in force: which apply to whom, compiled. */
export class Guardrails implements FleetPart {
  readonly #workspaces = new Map<string, ReadonlyMap<string, Places>>();

  async prepare(fleet: Fleet): Promise<{ problems: readonly FleetProblem[]; activate: () => void }> {
    const problems: FleetProblem[] = [...unknownAgents(fleet), ...unknownGuardrails(fleet)];
    const compiled = new Map<string, CompiledChecks>();
    for (const object of fleet.guardrails.values()) {
      const checks = await compileChecks(object);
      compiled.set(object.name, checks);
      problems.push(...checks.problems);
    }
    const agents = assign(fleet, compiled);
    return { problems, activate: () => this.#workspaces.set(fleet.workspace, agents) };
  }

  /** Undefined where nothing applies: then no text needs to be read. */
  checker(workspace: string, agent: string, place: GuardrailPlace): Checker | undefined {
    return this.#workspaces.get(workspace)?.get(agent)?.[place];
  }
}

/** Agents to which the same objects apply share their checkers. */
function assign(fleet: Fleet, compiled: ReadonlyMap<string, CompiledChecks>): ReadonlyMap<string, Places> {
  const shared = new Map<string, Places>();
  const agents = new Map<string, Places>();
  for (const agent of fleet.agents.values()) {
    const applying = [...fleet.guardrails.values()].filter((object) => applies(object, agent));
    const key = applying.map(({ name }) => name).join(' ');
    let places = shared.get(key);
    if (places === undefined) {
      places = placesOf(applying.map(({ name }) => compiled.get(name)));
      shared.set(key, places);
    }
    agents.set(agent.name, places);
  }
  return agents;
}

function placesOf(objects: readonly (CompiledChecks | undefined)[]): Places {
  const places: Places = {};
  for (const place of GUARDRAIL_PLACES) {
    const entries: readonly Entry[] = objects.flatMap((checks) => checks?.entries[place] ?? []);
    if (entries.length > 0) places[place] = new ContentChecker(entries);
  }
  return places;
}

function applies(object: GuardrailsObject, agent: Agent): boolean {
  return agent.guardrails.includes(object.name) || object.agents.some((pattern) => covers(pattern, agent.name));
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** A pattern that covers nobody is a slip of the pen, and would leave its agents unguarded. */
function* unknownAgents(fleet: Fleet): Generator<FleetProblem> {
  const names = [...fleet.agents.keys()];
  for (const { name: object, agents } of fleet.guardrails.values())
    for (const [index, pattern] of agents.entries())
      if (pattern !== '*' && !names.some((name) => covers(pattern, name)))
        yield {
          object: { kind: 'Guardrails', name: object },
          path: ['agents', index],
          message: `no agent is named ${pattern}; write an agent's name, a prefix such as support-*, or *`,
        };
}

function* unknownGuardrails(fleet: Fleet): Generator<FleetProblem> {
  const known = [...fleet.guardrails.keys()].join(', ') || 'none';
  for (const { name: agent, guardrails } of fleet.agents.values())
    for (const [index, name] of guardrails.entries())
      if (!fleet.guardrails.has(name))
        yield {
          object: { kind: 'Agent', name: agent },
          path: ['guardrails', index],
          message: `no Guardrails object is named ${name}; there are: ${known}`,
        };
}
