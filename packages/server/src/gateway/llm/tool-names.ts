import type { Agent } from '@reeve/contracts';
import type { Conversation, Message } from '../../flows/index.ts';
import type { Fleet } from '../../registry/index.ts';

const REBUILD_AFTER_MS = 30_000;
/** What some clients put before `server__tool`. */
const CLIENT_PREFIX = 'mcp_';

interface Index {
  /** `server.tool` by plain name; undefined where a name means several. */
  readonly tools: ReadonlyMap<string, string | undefined>;
  readonly builtAtMs: number;
}

interface ToolNamesParts {
  /** Whether a tool, `server.tool`, is among those of the agent. */
  boundsInclude(workspace: string, agent: string, tool: string): boolean;
  /** What a server was seen to offer beyond what is declared. */
  knownTools(workspace: string, server: string): Iterable<string>;
  now(): number;
}

/** Which tool a name means that a model used: `server.tool`, `server_tool`, or the bare name where only one of the agent's has it. */
export class ToolNames {
  readonly #parts: ToolNamesParts;
  readonly #byFleet = new WeakMap<Fleet, Map<string, Index>>();

  constructor(parts: ToolNamesParts) {
    this.#parts = parts;
  }

  of(fleet: Fleet, agent: Agent, name: string): string | undefined {
    const plain = plainName(name);
    let index = this.#indexOf(fleet, agent);
    if (!index.tools.has(plain) && this.#parts.now() - index.builtAtMs > REBUILD_AFTER_MS)
      index = this.#build(fleet, agent);
    return index.tools.get(plain) ?? this.#prefixed(index, plain);
  }

  #prefixed({ tools }: Index, plain: string): string | undefined {
    return plain.startsWith(CLIENT_PREFIX) ? tools.get(plain.slice(CLIENT_PREFIX.length)) : undefined;
  }

  #indexOf(fleet: Fleet, agent: Agent): Index {
    return this.#byFleet.get(fleet)?.get(agent.name) ?? this.#build(fleet, agent);
  }

  #build(fleet: Fleet, agent: Agent): Index {
    const { boundsInclude, knownTools, now } = this.#parts;
    const full = new Map<string, string | undefined>();
    const bare = new Map<string, string | undefined>();
    for (const server of fleet.toolServers.values()) {
      const own = new Set([...Object.keys(server.tools), ...knownTools(fleet.workspace, server.name)]);
      for (const tool of own) {
        const name = `${server.name}.${tool}`;
        if (!boundsInclude(fleet.workspace, agent.name, name)) continue;
        put(full, plainName(name), name);
        put(bare, plainName(tool), name);
      }
    }
    // A bare name that is also a full one may mean either.
    for (const [plain, name] of bare) put(full, plain, name);
    const index = { tools: full, builtAtMs: now() };
    const agents = this.#byFleet.get(fleet) ?? new Map<string, Index>();
    this.#byFleet.set(fleet, agents.set(agent.name, index));
    return index;
  }
}

function put(names: Map<string, string | undefined>, plain: string, name: string | undefined): void {
  names.set(plain, names.has(plain) && names.get(plain) !== name ? undefined : name);
}

/** Clients write the characters that a model API does not take as underscores, one or several. */
function plainName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9-]+|_+/g, '_');
}

export function withTools(
  conversation: Conversation | undefined,
  toolOf: (name: string) => string | undefined,
): Conversation | undefined {
  if (conversation === undefined) return undefined;
  return { ...conversation, messages: conversation.messages.map((message) => withTool(message, toolOf)) };
}

function withTool(message: Message, toolOf: (name: string) => string | undefined): Message {
  if (message.toolName === undefined) return message;
  const tool = toolOf(message.toolName);
  return tool === undefined ? message : { ...message, tool };
}
