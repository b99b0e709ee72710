import type { ModelAnswer } from '../action.ts';
import type { JsonObject } from './json-object.ts';
import type { Surface } from './surface.ts';

/** What a reply says, read for the flow of information. Total: an upstream may send anything, of any depth. */
export function answerOf(surface: Surface, reply: JsonObject | undefined): ModelAnswer | undefined {
  if (reply === undefined || !surface.generates) return undefined;
  try {
    return { id: surface.replyId?.(reply), alternatives: surface.answers(reply) };
  } catch {
    return undefined;
  }
}
