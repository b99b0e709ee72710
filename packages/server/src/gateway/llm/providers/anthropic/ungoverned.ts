import { asArray, asObject, isObject, type JsonObject } from '../../json-object.ts';
import type { UngovernedRule } from '../../ungoverned.ts';

/** Typed tools that the agent's own process runs; `custom` and no type are its own functions. All others run at the provider. */
const LOCAL_TOOL = /^(custom|bash_\d+|text_editor_\d+|computer_\d+|memory_\d+|tool_search_tool_[a-z0-9]+_\d+)$/;

function hostedTool(body: JsonObject): string | undefined {
  for (const tool of asArray(body.tools)) {
    const type = asObject(tool)?.type;
    if (type !== undefined && type !== null && !LOCAL_TOOL.test(String(type))) return `tools: "${String(type)}"`;
  }
  return undefined;
}

/** Sources of content blocks, also inside tool results; arguments of tool calls are the agent's own business. */
function findSource(blocks: unknown, type: string): boolean {
  return asArray(blocks).some((block) => {
    if (!isObject(block)) return false;
    if (asObject(block.source)?.type === type) return type !== 'url' || block.type !== 'image';
    return findSource(block.content, type);
  });
}

function inMessages(body: JsonObject, type: string): string | undefined {
  const found = findSource(body.messages, type) || findSource(body.system, type);
  return found ? `source: "${type}"` : undefined;
}

export const ANTHROPIC_UNGOVERNED: readonly UngovernedRule[] = [
  { found: hostedTool, why: 'runs at the provider, past your policies' },
  {
    found: (body) => (asArray(body.mcp_servers).length > 0 ? 'mcp_servers' : undefined),
    why: 'makes the provider call tools, past your policies',
  },
  {
    found: (body) => (body.container === undefined || body.container === null ? undefined : 'container'),
    why: 'names state kept at the provider, which no check has seen',
  },
  { found: (body) => inMessages(body, 'file'), why: 'names a file kept at the provider, which no check has seen' },
  { found: (body) => inMessages(body, 'url'), why: 'makes the provider fetch a document, past your policies' },
  {
    found: (body) =>
      body.inference_geo === undefined || body.inference_geo === null || body.inference_geo === 'global'
        ? undefined
        : 'inference_geo',
    why: 'has a price that is not accounted for yet',
  },
  {
    found: (body) => (body.speed === 'fast' ? 'speed: "fast"' : undefined),
    why: 'has a price that is not accounted for yet',
  },
];
