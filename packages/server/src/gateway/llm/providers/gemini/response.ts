import type { Usage } from '@reeve/contracts';
import { asCount, asObject, hasCounts, type JsonObject } from '../../json-object.ts';
import { collectTexts, type TextAt } from '../../text-parts.ts';

/** Here the prompt count includes cached tokens, and the candidates' count excludes thoughts. */
export function geminiUsage(reply: JsonObject): Usage | undefined {
  const usage = asObject(reply.usageMetadata);
  if (usage === undefined || !hasCounts(usage, ['promptTokenCount', 'candidatesTokenCount'])) return undefined;
  const cacheReadTokens = asCount(usage.cachedContentTokenCount);
  const reasoningTokens = asCount(usage.thoughtsTokenCount);
  return {
    inputTokens:
      Math.max(0, asCount(usage.promptTokenCount) - cacheReadTokens) + asCount(usage.toolUsePromptTokenCount),
    cacheReadTokens,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: asCount(usage.candidatesTokenCount) + reasoningTokens,
    reasoningTokens,
    source: 'reported',
  };
}

export function candidateTexts(reply: JsonObject): TextAt[] {
  const out: TextAt[] = [];
  collectTexts(reply.candidates, ['candidates'], 'assistant', out);
  return out;
}
