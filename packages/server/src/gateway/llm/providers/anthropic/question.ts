import type { JsonObject } from '../../json-object.ts';

export function messagesQuestion(model: string, system: string, text: string): JsonObject {
  return { model, system, messages: [{ role: 'user', content: text }] };
}
