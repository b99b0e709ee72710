import type { Usage } from '@reeve/contracts';
import { asCount, asObject, hasCounts, type JsonObject } from '../../json-object.ts';
import { collectTexts, type TextAt } from '../../text-parts.ts';

/** Chat, completions and embeddings: `usage.prompt_tokens` includes cached tokens and cache writes. */
export function chatUsage(reply: JsonObject): Usage | undefined {
  const usage = asObject(reply.usage);
  if (usage === undefined || !hasCounts(usage, ['prompt_tokens', 'completion_tokens'])) return undefined;
  return openaiUsage({
    input: asCount(usage.prompt_tokens),
    inputDetails: asObject(usage.prompt_tokens_details),
    output: asCount(usage.completion_tokens),
    outputDetails: asObject(usage.completion_tokens_details),
  });
}

/** The Responses API: same meaning, other names. */
export function responsesUsage(reply: JsonObject): Usage | undefined {
  const usage = asObject(reply.usage);
  if (usage === undefined || !hasCounts(usage, ['input_tokens', 'output_tokens'])) return undefined;
  return openaiUsage({
    input: asCount(usage.input_tokens),
    inputDetails: asObject(usage.input_tokens_details),
    output: asCount(usage.output_tokens),
    outputDetails: asObject(usage.output_tokens_details),
  });
}

interface OpenaiCounts {
  readonly input: number;
  readonly inputDetails: JsonObject | undefined;
  readonly output: number;
  readonly outputDetails: JsonObject | undefined;
}

function openaiUsage(counts: OpenaiCounts): Usage {
  const cacheReadTokens = asCount(counts.inputDetails?.cached_tokens);
  const cacheWriteTokens = asCount(counts.inputDetails?.cache_write_tokens);
  return {
    inputTokens: Math.max(0, counts.input - cacheReadTokens - cacheWriteTokens),
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: 0,
    outputTokens: counts.output,
    reasoningTokens: asCount(counts.outputDetails?.reasoning_tokens),
    source: 'reported',
  };
}

export function choiceTexts(reply: JsonObject): TextAt[] {
  const out: TextAt[] = [];
  collectTexts(reply.choices, ['choices'], 'assistant', out);
  return out;
}

export function outputTexts(reply: JsonObject): TextAt[] {
  const out: TextAt[] = [];
  if (!Array.isArray(reply.output)) return out;
  for (let i = 0; i < reply.output.length; i++) collectTexts(reply.output[i], ['output', i], 'assistant', out);
  return out;
}
