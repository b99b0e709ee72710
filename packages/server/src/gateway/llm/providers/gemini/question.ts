import type { JsonObject } from '../../json-object.ts';

/** The model stands in the path. */
export function generateQuestion(_model: string, system: string, text: string): JsonObject {
  return { systemInstruction: { parts: [{ text: system }] }, contents: [{ role: 'user', parts: [{ text }] }] };
}
