import {
  type Agent,
  type Budget,
  type FleetKind,
  type Guardrails,
  hasOnlyDeclaredTools,
  type Model,
  type ToolServer,
} from '@reeve/contracts';
import { didYouMean } from './did-you-mean.ts';
import type { Fleet, FleetProblem } from './fleet.ts';
import { type ObjectKey, objectKey } from './object-key.ts';
import { undoProblems } from './undo-references.ts';

type Path = readonly (string | number)[];
/** `needs` is the missing object: the problem is dropped where that object is there but has faults of its own. */
type Report = (path: Path, message: string, needs: ObjectKey) => void;

/** References that lead nowhere: what a fleet names must be in it. */
export function referenceProblems(fleet: Fleet, faulty: ReadonlySet<ObjectKey>): FleetProblem[] {
  const problems: FleetProblem[] = [];
  const each = <T extends { kind: FleetKind; name: string }>(
    objects: ReadonlyMap<string, T>,
    check: (object: T, report: Report) => void,
  ) => {
    for (const object of objects.values())
      check(object, (path, message, needs) => {
        if (!faulty.has(needs)) problems.push({ object: { kind: object.kind, name: object.name }, path, message });
      });
  };
  each(new Map([[fleet.settings.name, fleet.settings]]), (settings, report) => {
    for (const [name, provider] of Object.entries(settings.providers))
      secret(fleet, provider.credential, ['providers', name, 'credential'], report);
  });
  each(fleet.agents, (agent, report) => checkAgent(fleet, agent, report));
  each(fleet.toolServers, (server, report) => checkToolServer(fleet, server, report));
  each(fleet.models, (model, report) => checkModel(fleet, model, report));
  each(fleet.budgets, (budget, report) => checkBudget(fleet, budget, report));
  each(fleet.guardrails, (guardrails, report) => checkGuardrails(fleet, guardrails, report));
  return [...problems, ...undoProblems(fleet, faulty)];
}

function checkAgent(fleet: Fleet, agent: Agent, report: Report): void {
  for (const [index, pattern] of agent.tools.entries()) tool(fleet, pattern, ['tools', index], report);
  for (const [index, pattern] of agent.models.entries()) model(fleet, pattern, ['models', index], report);
  for (const [index, name] of agent.guardrails.entries())
    if (!fleet.guardrails.has(name))
      report(['guardrails', index], missing('Guardrails', name, fleet.guardrails), objectKey('Guardrails', name));
}

function checkToolServer(fleet: Fleet, server: ToolServer, report: Report): void {
  if (server.name.includes('.'))
    report(
      ['name'],
      `a ToolServer has no dot in its name, because its tools are named server.tool; found "${server.name}"`,
      objectKey('ToolServer', ''),
    );
  secret(fleet, server.credential, ['credential'], report);
}

function checkModel(fleet: Fleet, { targets }: Model, report: Report): void {
  for (const [index, { credential }] of targets.entries())
    secret(fleet, credential, ['targets', index, 'credential'], report);
}

function checkBudget(fleet: Fleet, { for: whose }: Budget, report: Report): void {
  if (!('agent' in whose) || whose.agent === '*') return;
  if (!fleet.agents.has(whose.agent))
    report(['for', 'agent'], missing('Agent', whose.agent, fleet.agents), objectKey('Agent', whose.agent));
}

function checkGuardrails(fleet: Fleet, { agents }: Guardrails, report: Report): void {
  for (const [index, pattern] of agents.entries()) {
    if (pattern === '*' || fleet.agents.has(pattern)) continue;
    if (!pattern.endsWith('*'))
      report(['agents', index], missing('Agent', pattern, fleet.agents), objectKey('Agent', pattern));
    else if (!some(fleet.agents, (name) => name.startsWith(pattern.slice(0, -1))))
      report(['agents', index], `no Agent's name starts with "${pattern.slice(0, -1)}"`, objectKey('Agent', ''));
  }
}

function tool(fleet: Fleet, pattern: string, path: Path, report: Report): void {
  if (pattern === '*') return;
  const dot = pattern.indexOf('.');
  const [serverName, rest] = [pattern.slice(0, dot), pattern.slice(dot + 1)];
  const server = fleet.toolServers.get(serverName);
  if (server === undefined)
    report(
      path,
      `"${pattern}": ${missing('ToolServer', serverName, fleet.toolServers)}`,
      objectKey('ToolServer', serverName),
    );
  // Tools of an MCP server may exist without a declaration; those of any other server exist only by it.
  else if (hasOnlyDeclaredTools(server) && !declares(server, rest))
    report(
      path,
      `ToolServer ${serverName} declares no tool "${rest}"${didYouMean(rest, Object.keys(server.tools))}`,
      objectKey('ToolServer', serverName),
    );
}

function declares(server: ToolServer, pattern: string): boolean {
  if (!pattern.endsWith('*')) return Object.hasOwn(server.tools, pattern);
  return pattern === '*' || Object.keys(server.tools).some((name) => name.startsWith(pattern.slice(0, -1)));
}

function model(fleet: Fleet, pattern: string, path: Path, report: Report): void {
  if (pattern === '*' || fleet.models.has(pattern)) return;
  const slash = pattern.indexOf('/');
  if (slash > 0) {
    const provider = pattern.slice(0, slash);
    if (Object.hasOwn(fleet.settings.providers, provider)) return;
    report(
      path,
      `"${pattern}": the Workspace has no provider "${provider}"${didYouMean(provider, Object.keys(fleet.settings.providers)) || '; add it under providers, or name a Model'}`,
      objectKey('Workspace', fleet.settings.name),
    );
  } else if (!pattern.endsWith('*')) report(path, missing('Model', pattern, fleet.models), objectKey('Model', pattern));
  else {
    const start = pattern.slice(0, -1);
    const providers = new Map(Object.entries(fleet.settings.providers));
    if (!some(fleet.models, (name) => name.startsWith(start)) && !some(providers, (name) => name.startsWith(start)))
      report(path, `no Model's name starts with "${start}"`, objectKey('Model', ''));
  }
}

function secret(fleet: Fleet, name: string | undefined, path: Path, report: Report): void {
  if (name !== undefined && !fleet.secrets.has(name))
    report(path, missing('Secret', name, fleet.secrets), objectKey('Secret', name));
}

function missing(kind: FleetKind, name: string, known: ReadonlyMap<string, unknown>): string {
  return `there is no ${kind} "${name}"${didYouMean(name, known.keys())}`;
}

function some(names: ReadonlyMap<string, unknown>, test: (name: string) => boolean): boolean {
  for (const name of names.keys()) if (test(name)) return true;
  return false;
}
