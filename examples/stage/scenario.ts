import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Reeve, startReeve } from '@reeve/testkit';
import { type AgentClient, connectAgent } from './agent.ts';
import { startToolWorld, type Tool, type ToolWorld } from './tool-world.ts';

/** A started server with a fleet and a shipped pack of rules, and the tool servers behind it. */
export interface Scenario extends AsyncDisposable {
  readonly reeve: Reeve;
  readonly world: ToolWorld;
  /** A client of this agent, in this run. Its connection ends with the scenario. */
  agent(name: string, run: string): Promise<AgentClient>;
}

export interface ScenarioOptions {
  /** Of the example: its folder holds `fleet/`. */
  readonly directory: string;
  /** Files of `examples/packs`, in force as they are shipped. */
  readonly pack: string;
  readonly servers: Readonly<Record<string, Readonly<Record<string, Tool>>>>;
  readonly timeZone?: string;
}

const PACKS = join(import.meta.dirname, '../packs');

export async function setScenario({ directory, pack, servers, timeZone }: ScenarioOptions): Promise<Scenario> {
  const building = new AsyncDisposableStack();
  try {
    const world = building.use(await startToolWorld(servers));
    const fleet = scenarioFleet(directory, pack, { toolsUrl: world.url, timeZone });
    const reeve = building.use(await startReeve({ fleet }));
    const agent = async (name: string, run: string) =>
      building.use(await connectAgent(reeve.url, await reeve.key(name), run));
    return { reeve, world, agent, [Symbol.asyncDispose]: () => building.disposeAsync() };
  } catch (error) {
    await building.disposeAsync();
    throw error;
  }
}

/** The files of an example's fleet with its pack. The addresses of tool servers are known only when they run. */
export function scenarioFleet(
  directory: string,
  pack: string,
  { toolsUrl, timeZone }: { readonly toolsUrl: string; readonly timeZone?: string | undefined },
): Record<string, string> {
  const read = (path: string) => readFileSync(join(directory, 'fleet', path), 'utf8');
  return {
    'fleet.yaml': read('fleet.yaml')
      .replaceAll('http://tools.example.com', toolsUrl)
      .replaceAll('timeZone: UTC', `timeZone: ${timeZone ?? 'UTC'}`),
    'policies/permits.cedar': read('policies/permits.cedar'),
    [`packs/${pack}`]: readFileSync(join(PACKS, pack), 'utf8'),
  };
}
