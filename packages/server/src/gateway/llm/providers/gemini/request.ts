import type { JsonEdit } from '../../json-edit.ts';
import { asArray, asObject, isObject, type JsonObject } from '../../json-object.ts';
import { choicesOf, largest, limitOf } from '../../read-fields.ts';
import type { ModelRequest, PathFacts } from '../../surface.ts';
import { collectTexts, type TextAt } from '../../text-parts.ts';

// The API takes every member in camel case and in snake case.

export function readGenerate(body: JsonObject, path: PathFacts): ModelRequest {
  const camel = asObject(body.generationConfig);
  const snake = asObject(body.generation_config);
  const limits = [camel, snake].flatMap((config) => [
    limitOf(config, 'maxOutputTokens'),
    limitOf(config, 'max_output_tokens'),
  ]);
  const choices = [camel, snake].flatMap((config) => [
    choicesOf(config, 'candidateCount'),
    choicesOf(config, 'candidate_count'),
  ]);
  return {
    model: path.model ?? '',
    stream: path.stream === true,
    maxOutputTokens: limits.reduce(largest, undefined),
    choices: Math.max(...choices),
    extraOutputTokens: 0,
  };
}

export function readWithoutOutput(_body: JsonObject, path: PathFacts): ModelRequest {
  return { model: path.model ?? '', stream: false, maxOutputTokens: 0, choices: 1, extraOutputTokens: 0 };
}

const CONTROL = new Set(['model', 'labels', 'cachedContent', 'cached_content', 'contents', 'content', 'requests']);

export function geminiTexts(body: JsonObject): TextAt[] {
  const out: TextAt[] = [];
  for (const name of Object.keys(body)) if (!CONTROL.has(name)) collectTexts(body[name], [name], 'system', out);
  for (const name of ['contents', 'content', 'requests']) collectTexts(body[name], [name], 'user', out);
  return out;
}

export function setLimit(body: JsonObject, limit: number): JsonEdit {
  const name = isObject(body.generation_config) ? 'generation_config' : 'generationConfig';
  const json = String(limit);
  const config = asObject(body[name]);
  if (config === undefined) {
    const whole = `{"maxOutputTokens":${json}}`;
    return Object.hasOwn(body, name)
      ? { kind: 'replace', path: [name], json: whole }
      : { kind: 'insert', path: [], name, json: whole };
  }
  const present = ['maxOutputTokens', 'max_output_tokens'].find((member) => Object.hasOwn(config, member));
  return present === undefined
    ? { kind: 'insert', path: [name], name: 'maxOutputTokens', json }
    : { kind: 'replace', path: [name, present], json };
}

/** Embeddings and counts repeat the model of the path in the body. */
export function setModelNames(body: JsonObject, model: string): JsonEdit[] {
  const json = JSON.stringify(`models/${model}`);
  const edits: JsonEdit[] = [];
  if (Object.hasOwn(body, 'model')) edits.push({ kind: 'replace', path: ['model'], json });
  for (const member of ['generateContentRequest', 'generate_content_request']) {
    if (Object.hasOwn(asObject(body[member]) ?? {}, 'model'))
      edits.push({ kind: 'replace', path: [member, 'model'], json });
  }
  asArray(body.requests).forEach((request, i) => {
    if (isObject(request) && Object.hasOwn(request, 'model'))
      edits.push({ kind: 'replace', path: ['requests', i, 'model'], json });
  });
  return edits;
}
