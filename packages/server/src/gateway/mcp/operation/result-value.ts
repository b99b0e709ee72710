import { isObject, type JsonObject } from '../wire/json-rpc.ts';

/** What expressions see as `result`: structured content, else a text block that holds JSON, else the result itself. */
export function resultValue(result: JsonObject): unknown {
  if (result.structuredContent !== undefined) return result.structuredContent;
  const first: unknown = Array.isArray(result.content) ? result.content[0] : undefined;
  if (!isObject(first) || typeof first.text !== 'string' || !/^\s*[[{]/.test(first.text)) return result;
  try {
    return JSON.parse(first.text);
  } catch {
    return result;
  }
}
