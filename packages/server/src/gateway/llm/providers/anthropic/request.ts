import type { JsonObject } from '../../json-object.ts';
import { limitOf, modelName } from '../../read-fields.ts';
import type { ModelRequest } from '../../surface.ts';
import { collectTexts, type TextAt } from '../../text-parts.ts';

export function readMessages(body: JsonObject): ModelRequest {
  return {
    model: modelName(body),
    stream: body.stream === true,
    maxOutputTokens: limitOf(body, 'max_tokens'),
    choices: 1,
    extraOutputTokens: 0,
  };
}

export function readCountTokens(body: JsonObject): ModelRequest {
  return { model: modelName(body), stream: false, maxOutputTokens: 0, choices: 1, extraOutputTokens: 0 };
}

const CONTROL = new Set(['model', 'metadata', 'service_tier', 'messages']);

/** Every text of a body: system prompt and tools first, then the messages. */
export function anthropicTexts(body: JsonObject): TextAt[] {
  const out: TextAt[] = [];
  for (const name of Object.keys(body)) if (!CONTROL.has(name)) collectTexts(body[name], [name], 'system', out);
  collectTexts(body.messages, ['messages'], 'user', out);
  return out;
}
