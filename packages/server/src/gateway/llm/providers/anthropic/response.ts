import type { Usage } from '@reeve/contracts';
import { asCount, asObject, hasCounts, type JsonObject } from '../../json-object.ts';
import { collectTexts, type TextAt } from '../../text-parts.ts';

/** Here `input_tokens` excludes what was read from or written to the cache. */
export function messageUsage(reply: JsonObject): Usage | undefined {
  const usage = asObject(reply.usage);
  if (usage === undefined || !hasCounts(usage, ['input_tokens', 'output_tokens'])) return undefined;
  return {
    inputTokens: asCount(usage.input_tokens),
    cacheReadTokens: asCount(usage.cache_read_input_tokens),
    cacheWriteTokens: asCount(usage.cache_creation_input_tokens),
    cacheWrite1hTokens: asCount(asObject(usage.cache_creation)?.ephemeral_1h_input_tokens),
    outputTokens: asCount(usage.output_tokens),
    reasoningTokens: asCount(asObject(usage.output_tokens_details)?.thinking_tokens),
    source: 'reported',
  };
}

export function contentTexts(reply: JsonObject): TextAt[] {
  const out: TextAt[] = [];
  collectTexts(reply.content, ['content'], 'assistant', out);
  return out;
}
