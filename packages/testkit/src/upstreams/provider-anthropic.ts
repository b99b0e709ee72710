import { type Asked, outputTokens } from './provider-request.ts';

export function anthropicReply(asked: Asked): object {
  return {
    id: `msg_${asked.id}`,
    type: 'message',
    role: 'assistant',
    model: asked.model,
    content: [contentBlock(asked)],
    stop_reason: stopReason(asked),
    stop_sequence: null,
    ...(asked.usage ? { usage: { ...inputUsage(asked), ...outputUsage(asked) } } : {}),
  };
}

export function anthropicStream(asked: Asked): string[] {
  const message = { ...anthropicReply(asked), content: [], stop_reason: null };
  const block = asked.toolCall === undefined ? { type: 'text', text: '' } : { ...contentBlock(asked), input: {} };
  const events: ({ readonly type: string } & Readonly<Record<string, unknown>>)[] = [
    {
      type: 'message_start',
      message: asked.usage ? { ...message, usage: { ...inputUsage(asked), output_tokens: 1 } } : message,
    },
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'ping' },
  ];
  for (const text of asked.words)
    events.push({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
  if (asked.toolCall !== undefined) {
    const delta = { type: 'input_json_delta', partial_json: asked.toolCall.args };
    events.push({ type: 'content_block_delta', index: 0, delta });
  }
  if (asked.model === 'sim-error-stream')
    events.push({ type: 'error', error: { type: 'overloaded_error', message: 'simulated stream error' } });
  events.push({ type: 'content_block_stop', index: 0 });
  const usage = asked.usage ? { usage: outputUsage(asked) } : {};
  events.push({ type: 'message_delta', delta: { stop_reason: stopReason(asked), stop_sequence: null }, ...usage });
  events.push({ type: 'message_stop' });
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function contentBlock(asked: Asked): object {
  if (asked.toolCall === undefined) return { type: 'text', text: asked.words.join('') };
  return { type: 'tool_use', id: 'toolu_simulated', name: asked.toolCall.name, input: JSON.parse(asked.toolCall.args) };
}

function stopReason(asked: Asked): string {
  return asked.toolCall === undefined ? 'end_turn' : 'tool_use';
}

/** Here the input excludes what came from the cache. */
function inputUsage(asked: Asked): object {
  return {
    input_tokens: asked.inputTokens - asked.cachedTokens,
    cache_read_input_tokens: asked.cachedTokens,
    cache_creation_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    service_tier: 'standard',
  };
}

function outputUsage(asked: Asked): object {
  return { output_tokens: outputTokens(asked), output_tokens_details: { thinking_tokens: asked.reasoningTokens } };
}
