import type { JsonEdit } from '../../json-edit.ts';
import { asArray, asObject, isObject, type JsonObject } from '../../json-object.ts';
import { choicesOf, largest, limitOf, modelName, setMember } from '../../read-fields.ts';
import type { ModelRequest } from '../../surface.ts';
import { collectTexts, type TextAt } from '../../text-parts.ts';

export function readChat(body: JsonObject): ModelRequest {
  return {
    model: modelName(body),
    stream: body.stream === true,
    maxOutputTokens: largest(limitOf(body, 'max_tokens'), limitOf(body, 'max_completion_tokens')),
    choices: choicesOf(body, 'n'),
    extraOutputTokens: isObject(body.prediction) ? JSON.stringify(body.prediction).length : 0,
  };
}

export function readCompletion(body: JsonObject): ModelRequest {
  const prompts = Array.isArray(body.prompt) && typeof body.prompt[0] !== 'number' ? body.prompt.length : 1;
  const choices = Math.max(choicesOf(body, 'n'), choicesOf(body, 'best_of')) * Math.max(prompts, 1);
  return {
    model: modelName(body),
    stream: body.stream === true,
    maxOutputTokens: limitOf(body, 'max_tokens'),
    choices,
    extraOutputTokens: 0,
  };
}

export function readResponses(body: JsonObject): ModelRequest {
  return {
    model: modelName(body),
    stream: body.stream === true,
    maxOutputTokens: limitOf(body, 'max_output_tokens'),
    choices: 1,
    extraOutputTokens: 0,
  };
}

export function readEmbeddings(body: JsonObject): ModelRequest {
  return { model: modelName(body), stream: false, maxOutputTokens: 0, choices: 1, extraOutputTokens: 0 };
}

/** Members of a body that steer the call and never reach the model as text. */
const CONTROL = new Set([
  'model',
  'metadata',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
  'include',
]);
const CONVERSATION = new Set(['messages', 'input', 'prompt']);

/** Every text of a body: instructions, tools and formats first, then the conversation. */
export function openaiTexts(body: JsonObject): TextAt[] {
  const out: TextAt[] = [];
  for (const name of Object.keys(body)) {
    if (!CONTROL.has(name) && !CONVERSATION.has(name)) collectTexts(body[name], [name], 'system', out);
  }
  for (const name of CONVERSATION) collectTexts(body[name], [name], 'user', out);
  return out;
}

/** OpenAI's own reasoning models refuse `max_tokens`; servers that speak its API often know nothing else. */
export function limitName(provider: string): string {
  return provider === 'openai' ? 'max_completion_tokens' : 'max_tokens';
}

export function wantsUsage(body: JsonObject): boolean {
  return asObject(body.stream_options)?.include_usage === true;
}

/** A chat stream says its usage only when asked. */
export function askForUsage(body: JsonObject): JsonEdit[] {
  if (body.stream !== true || wantsUsage(body)) return [];
  const options = asObject(body.stream_options);
  if (options === undefined) return [setMember(body, 'stream_options', '{"include_usage":true}')];
  return Object.hasOwn(options, 'include_usage')
    ? [{ kind: 'replace', path: ['stream_options', 'include_usage'], json: 'true' }]
    : [{ kind: 'insert', path: ['stream_options'], name: 'include_usage', json: 'true' }];
}

export function toolsOf(body: JsonObject): readonly JsonObject[] {
  return asArray(body.tools).filter(isObject);
}
