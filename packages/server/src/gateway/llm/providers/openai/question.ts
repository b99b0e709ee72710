import type { JsonObject } from '../../json-object.ts';

/** One question as a body of the chat API, without a limit: which name it has depends on the provider. */
export function chatQuestion(model: string, system: string, text: string): JsonObject {
  return {
    model,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: text },
    ],
  };
}
