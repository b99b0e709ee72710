import { isObject, type JsonObject } from '../wire/json-rpc.ts';

/** A tool as its server describes it; kept whole, so that unknown fields reach the client. */
export interface ToolDefinition extends JsonObject {
  readonly name: string;
  readonly inputSchema: JsonObject;
}

const NAME = /^[A-Za-z0-9_.-]{1,128}$/;
const MAX_DEFINITION_BYTES = 256 * 1024;
export const MAX_TOOLS_PER_SERVER = 1_000;

export interface ReadDefinitions {
  readonly tools: readonly ToolDefinition[];
  /** What was left out, and why. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** Takes what is well-formed. Two tools of one name are both refused: nobody could say which of them was approved. */
export function readDefinitions(listed: readonly unknown[]): ReadDefinitions {
  const tools = new Map<string, ToolDefinition>();
  const refused: { name: string; reason: string }[] = [];
  const seen = new Set<string>();
  for (const item of listed.slice(0, MAX_TOOLS_PER_SERVER)) {
    const name = isObject(item) && typeof item.name === 'string' ? item.name : '';
    const reason = fault(item, name);
    if (reason !== undefined) refused.push({ name: name.slice(0, 200), reason });
    else if (seen.has(name)) {
      tools.delete(name);
      refused.push({ name, reason: 'two tools have this name' });
    } else tools.set(name, item as ToolDefinition);
    seen.add(name);
  }
  return { tools: [...tools.values()].sort(byName), refused };
}

function fault(item: unknown, name: string): string | undefined {
  if (!isObject(item)) return 'not an object';
  if (!NAME.test(name)) return 'a name is 1 to 128 of A-Z a-z 0-9 _ . -';
  if (!isObject(item.inputSchema)) return 'inputSchema is not an object';
  if (JSON.stringify(item).length > MAX_DEFINITION_BYTES) return `larger than ${MAX_DEFINITION_BYTES} bytes`;
  return undefined;
}

function byName(a: ToolDefinition, b: ToolDefinition): number {
  return a.name < b.name ? -1 : 1;
}
