import { isObject, type JsonObject } from './json-object.ts';
import type { ModelRequest } from './surface.ts';

// A token stands for at least one byte of what the caller sent, so bytes bound tokens. Two things a provider counts are not in
// the bytes: the prompt it adds where tools are given, and what it makes of pictures, sound and documents.
const TOOL_PROMPT_TOKENS = 1_000;
const PICTURE_TOKENS = 50_000;
const DOCUMENT_TOKENS = 1_000_000;
const MEDIA_HINT =
  /"(image|image_url|input_image|document|file|input_file|input_audio|inlineData|inline_data|video_url)"/;

/** More input than this request can be. */
export function maxInputTokens(bytes: Buffer, body: JsonObject): number {
  const tools = body.tools === undefined && body.functions === undefined ? 0 : TOOL_PROMPT_TOKENS;
  return bytes.length + tools + mediaTokens(bytes, body);
}

export function maxOutputTokens(request: ModelRequest, limit: number): number {
  return (request.maxOutputTokens ?? limit) * request.choices + request.extraOutputTokens;
}

/** Most requests have no media: one look at the bytes tells, unless names are written with escapes. */
function mediaTokens(bytes: Buffer, body: JsonObject): number {
  const text = bytes.toString('latin1');
  return MEDIA_HINT.test(text) || text.includes('\\u') ? countMedia(body) : 0;
}

function countMedia(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let tokens = isObject(value) ? tokensOf(value) : 0;
  for (const inner of Object.values(value)) tokens += countMedia(inner);
  return tokens;
}

function tokensOf(block: JsonObject): number {
  if (block.type === 'image' || block.type === 'input_image' || block.type === 'image_url') return PICTURE_TOKENS;
  if (block.type === 'document' || block.type === 'file' || block.type === 'input_file') return DOCUMENT_TOKENS;
  if (block.type === 'input_audio' || block.type === 'video_url') return DOCUMENT_TOKENS;
  const inline = block.inlineData ?? block.inline_data;
  if (!isObject(inline)) return 0;
  return String(inline.mimeType ?? inline.mime_type).startsWith('image/') ? PICTURE_TOKENS : DOCUMENT_TOKENS;
}
