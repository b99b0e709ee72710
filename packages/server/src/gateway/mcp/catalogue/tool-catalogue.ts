import { hasOnlyDeclaredTools, type ToolServer } from '@reeve/contracts';
import { ReeveError } from '../../../lib/index.ts';
import type { ApiTools } from '../../tools/index.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { UpstreamPool } from '../upstream/upstream-pool.ts';
import { isObject, type JsonObject } from '../wire/json-rpc.ts';
import { MAX_TOOLS_PER_SERVER, readDefinitions, type ToolDefinition } from './tool-definition.ts';
import type { PinState } from './tool-pin.ts';
import type { ToolPins } from './tool-pins.ts';

export interface CatalogueTool {
  readonly definition: ToolDefinition;
  readonly hash: string;
  readonly state: PinState;
}

interface ServerTools {
  readonly tools: ReadonlyMap<string, CatalogueTool>;
  readonly server: ToolServer;
  readonly readAtMs: number;
  readonly freshUntilMs: number;
}

export interface CatalogueOptions {
  readonly pool: UpstreamPool;
  readonly pins: ToolPins;
  readonly apiTools: Pick<ApiTools, 'definitions'>;
  readonly now: () => number;
  readonly log: (event: { workspace: string; server: string; line: string }) => void;
}

const FRESH_MS = 60_000;
const LIST_TIMEOUT_MS = 20_000;
const MAX_PAGES = 50;
const MAX_SERVERS = 5_000;

/** The tools of every server: read once, kept while fresh, each definition compared with the approved one. */
export class ToolCatalogue {
  readonly #options: CatalogueOptions;
  readonly #servers = new Map<string, ServerTools>();
  readonly #reading = new Map<string, Promise<ServerTools>>();
  readonly #generation = new Map<string, number>();
  readonly #listeners = new Set<(workspace: string, server: string) => void>();

  constructor(options: CatalogueOptions) {
    this.#options = options;
    options.pool.onListChanged((workspace, server, kind) => {
      if (kind === 'tools') this.forget(workspace, server);
    });
  }

  /** Tools of a server in the order of their names. At once where the list is fresh. */
  tools(
    workspace: string,
    server: ToolServer,
  ): ReadonlyMap<string, CatalogueTool> | Promise<ReadonlyMap<string, CatalogueTool>> {
    if (hasOnlyDeclaredTools(server)) return this.#options.apiTools.definitions(server);
    const known = this.#servers.get(key(workspace, server.name));
    if (known !== undefined && known.server.transport === server.transport && this.#options.now() < known.freshUntilMs)
      return known.tools;
    return this.#refresh(workspace, server).then((fresh) => fresh.tools);
  }

  /** What is in memory of a tool, however old; undefined where its list was not read yet. */
  remembered(workspace: string, server: string, tool: string): CatalogueTool | undefined {
    return this.#servers.get(key(workspace, server))?.tools.get(tool);
  }

  /** The next look reads the server's list again. */
  forget(workspace: string, server: string): void {
    const at = key(workspace, server);
    this.#servers.delete(at);
    this.#generation.set(at, (this.#generation.get(at) ?? 0) + 1);
    this.#reading.delete(at);
    for (const listen of this.#listeners) listen(workspace, server);
  }

  onChange(listener: (workspace: string, server: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #refresh(workspace: string, server: ToolServer): Promise<ServerTools> {
    const at = key(workspace, server.name);
    let reading = this.#reading.get(at);
    if (reading === undefined) {
      const generation = this.#generation.get(at);
      reading = this.#read(workspace, server)
        .then((fresh) => {
          // What was read before a change is told of may be older than the change.
          if (this.#generation.get(at) === generation) this.#keep(at, fresh);
          return fresh;
        })
        .finally(() => {
          if (this.#reading.get(at) === reading) this.#reading.delete(at);
        });
      this.#reading.set(at, reading);
    }
    return reading;
  }

  #keep(at: string, fresh: ServerTools): void {
    if (this.#servers.size >= MAX_SERVERS && !this.#servers.has(at)) this.#servers.clear();
    this.#servers.set(at, fresh);
  }

  async #read(workspace: string, server: ToolServer): Promise<ServerTools> {
    const upstream = await this.#options.pool.acquire(workspace, server);
    const { listed, ttlMs } = isObject(upstream.info.capabilities.tools) ? await listTools(upstream) : NOTHING;
    const { tools, refused } = readDefinitions(listed);
    for (const { name, reason } of refused)
      this.#options.log({ workspace, server: server.name, line: `tool ${JSON.stringify(name)} left out: ${reason}` });
    const pinned = await this.#options.pins.compare(workspace, server, tools);
    const now = this.#options.now();
    return { tools: pinned, server, readAtMs: now, freshUntilMs: now + Math.min(ttlMs, FRESH_MS) };
  }
}

const NOTHING = { listed: [], ttlMs: FRESH_MS };

async function listTools(upstream: Upstream): Promise<{ listed: unknown[]; ttlMs: number }> {
  const listed: unknown[] = [];
  let cursor: string | undefined;
  let ttlMs = FRESH_MS;
  for (let page = 0; page < MAX_PAGES; page++) {
    const params: JsonObject = cursor === undefined ? {} : { cursor };
    const signal = AbortSignal.timeout(LIST_TIMEOUT_MS);
    const result = await upstream.call({ method: 'tools/list', params, signal, timeoutMs: LIST_TIMEOUT_MS });
    if (!Array.isArray(result.tools)) throw new ReeveError('upstream_failed', 'the tool server sent no list of tools');
    listed.push(...result.tools);
    if (typeof result.ttlMs === 'number' && result.ttlMs > 0) ttlMs = Math.min(ttlMs, result.ttlMs);
    cursor = typeof result.nextCursor === 'string' ? result.nextCursor : undefined;
    if (cursor === undefined || listed.length >= MAX_TOOLS_PER_SERVER) break;
  }
  return { listed, ttlMs };
}

function key(workspace: string, server: string): string {
  return `${workspace}\n${server}`;
}
