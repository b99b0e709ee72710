import { type Asked, outputTokens } from './provider-request.ts';

export function geminiReply(asked: Asked): object {
  return {
    candidates: [
      { content: { role: 'model', parts: parts(asked, asked.words.join('')) }, finishReason: 'STOP', index: 0 },
    ],
    ...(asked.usage ? { usageMetadata: usage(asked, outputTokens(asked)) } : {}),
    modelVersion: asked.model,
    responseId: asked.id,
  };
}

export function geminiStream(asked: Asked): string[] {
  const pieces = asked.toolCall === undefined ? asked.words : [''];
  const events: object[] = pieces.map((piece, i) => ({
    candidates: [
      {
        content: { role: 'model', parts: parts(asked, piece) },
        index: 0,
        ...(i === pieces.length - 1 && asked.model !== 'sim-error-stream' ? { finishReason: 'STOP' } : {}),
      },
    ],
    ...(asked.usage ? { usageMetadata: usage(asked, i === pieces.length - 1 ? outputTokens(asked) : i + 1) } : {}),
    modelVersion: asked.model,
  }));
  if (asked.model === 'sim-error-stream')
    events.push({ error: { code: 503, message: 'simulated stream error', status: 'UNAVAILABLE' } });
  return events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`);
}

function parts(asked: Asked, text: string): object[] {
  if (asked.toolCall === undefined) return [{ text }];
  return [{ functionCall: { name: asked.toolCall.name, args: JSON.parse(asked.toolCall.args) } }];
}

/** Here the prompt includes what came from the cache, and the candidates exclude thoughts. */
function usage(asked: Asked, output: number): object {
  return {
    promptTokenCount: asked.inputTokens,
    cachedContentTokenCount: asked.cachedTokens,
    candidatesTokenCount: Math.max(0, output - asked.reasoningTokens),
    thoughtsTokenCount: asked.reasoningTokens,
    totalTokenCount: asked.inputTokens + output,
  };
}
