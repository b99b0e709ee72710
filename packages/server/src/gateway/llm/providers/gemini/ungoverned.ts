import { asArray, asObject, isObject, type JsonObject } from '../../json-object.ts';
import type { UngovernedRule } from '../../ungoverned.ts';

/** Tools that the agent's own process runs. All others run at the provider. */
const LOCAL_TOOLS = new Set(['functionDeclarations', 'function_declarations', 'computerUse', 'computer_use']);

function hostedTool(body: JsonObject): string | undefined {
  for (const tool of asArray(body.tools)) {
    if (!isObject(tool)) continue;
    const name = Object.keys(tool).find((member) => !LOCAL_TOOLS.has(member));
    if (name !== undefined) return `tools: "${name}"`;
  }
  return undefined;
}

function fileData(body: JsonObject): string | undefined {
  const contents = [...asArray(body.contents), body.content, body.systemInstruction, body.system_instruction];
  const found = contents.some((content) =>
    asArray(asObject(content)?.parts).some((part) => isObject(part) && (part.fileData ?? part.file_data) !== undefined),
  );
  return found ? 'fileData' : undefined;
}

export const GEMINI_UNGOVERNED: readonly UngovernedRule[] = [
  { found: hostedTool, why: 'runs at the provider, past your policies' },
  {
    found: (body) => ((body.cachedContent ?? body.cached_content) ? 'cachedContent' : undefined),
    why: 'brings content from the provider that no check has seen',
  },
  { found: fileData, why: 'names a file kept elsewhere, which no check has seen' },
  {
    found: (body) =>
      String(body.serviceTier ?? body.service_tier).toLowerCase() === 'priority'
        ? 'serviceTier: "priority"'
        : undefined,
    why: 'has a price that is not accounted for yet',
  },
];
