import { asObject, type JsonObject } from '../../json-object.ts';
import { findDeep, type UngovernedRule } from '../../ungoverned.ts';
import { toolsOf } from './request.ts';

/** Tools that run in the agent's own process, where their calls can be seen. All others run at the provider. */
const LOCAL_TOOLS = new Set([
  'function',
  'custom',
  'namespace',
  'local_shell',
  'apply_patch',
  'computer',
  'computer_use',
  'computer_use_preview',
]);

function hostedTool(body: JsonObject): string | undefined {
  for (const tool of toolsOf(body)) {
    const type = String(tool.type ?? 'function');
    if (!LOCAL_TOOLS.has(type)) return `tools: "${type}"`;
    const nested = type === 'namespace' ? hostedTool(tool) : undefined;
    if (nested !== undefined) return nested;
  }
  return undefined;
}

function asksFor(name: string): (body: JsonObject) => string | undefined {
  return (body) => (body[name] === undefined || body[name] === null || body[name] === false ? undefined : name);
}

/** Both names: what one endpoint ignores, another server that speaks the API may read. */
function inConversation(body: JsonObject, matches: Parameters<typeof findDeep>[1], name: string): string | undefined {
  return findDeep([body.input, body.messages], matches, name);
}

const DEAR_TIERS = new Set(['priority', 'fast', 'scale']);

export const OPENAI_UNGOVERNED: readonly UngovernedRule[] = [
  { found: hostedTool, why: 'runs at the provider, past your policies' },
  { found: asksFor('web_search_options'), why: 'makes the provider search the web, past your policies' },
  { found: asksFor('background'), why: 'goes on after this call, where it cannot be stopped or priced' },
  { found: asksFor('previous_response_id'), why: 'brings content from the provider that no check has seen' },
  { found: asksFor('conversation'), why: 'brings content from the provider that no check has seen' },
  {
    found: (body) => (asObject(body.prompt) !== undefined && !Array.isArray(body.prompt) ? 'prompt' : undefined),
    why: 'names a prompt kept at the provider, which no check has seen',
  },
  {
    found: (body) => inConversation(body, (object) => object.type === 'item_reference', 'item_reference'),
    why: 'brings content from the provider that no check has seen',
  },
  {
    found: (body) => inConversation(body, (object) => typeof object.file_id === 'string', 'file_id'),
    why: 'names a file kept at the provider, which no check has seen',
  },
  {
    found: (body) => inConversation(body, (object) => typeof object.file_url === 'string', 'file_url'),
    why: 'makes the provider fetch a document, past your policies',
  },
  {
    found: (body) =>
      Array.isArray(body.modalities) && body.modalities.includes('audio') ? 'modalities: "audio"' : undefined,
    why: 'has a price that is not accounted for yet',
  },
  {
    found: (body) =>
      DEAR_TIERS.has(String(body.service_tier)) ? `service_tier: "${String(body.service_tier)}"` : undefined,
    why: 'has a price that is not accounted for yet',
  },
];
