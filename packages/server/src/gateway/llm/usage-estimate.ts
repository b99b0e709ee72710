import type { Usage } from '@reeve/contracts';

/** Fewer characters per token than ordinary text has in any common vocabulary: an estimate must not undercharge. */
const CHARACTERS_PER_TOKEN = 3;

export interface Sent {
  readonly requestBytes: number;
  readonly outputLength: number;
  /** No output beyond this can have been billed. */
  readonly maxOutputTokens: number;
}

/** Usage of a call whose provider did not say it, from what went in and came out. */
export function estimateUsage(sent: Sent, known: Usage | undefined): Usage {
  const outputTokens = Math.min(Math.ceil(sent.outputLength / CHARACTERS_PER_TOKEN), sent.maxOutputTokens);
  return {
    inputTokens: known?.inputTokens ?? Math.ceil(sent.requestBytes / CHARACTERS_PER_TOKEN),
    cacheReadTokens: known?.cacheReadTokens ?? 0,
    cacheWriteTokens: known?.cacheWriteTokens ?? 0,
    cacheWrite1hTokens: known?.cacheWrite1hTokens ?? 0,
    outputTokens: Math.max(outputTokens, known?.outputTokens ?? 0),
    reasoningTokens: known?.reasoningTokens ?? 0,
    source: 'estimated',
  };
}
