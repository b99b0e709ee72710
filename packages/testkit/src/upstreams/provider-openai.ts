import { type Asked, outputTokens } from './provider-request.ts';

const CREATED = 1_790_000_000;

export function chatReply(asked: Asked): object {
  const tool = toolCalls(asked);
  const message = {
    role: 'assistant',
    content: tool === undefined ? asked.words.join('') : null,
    refusal: null,
    ...tool,
  };
  const finish_reason = tool === undefined ? 'stop' : 'tool_calls';
  return {
    id: `chatcmpl-${asked.id}`,
    object: 'chat.completion',
    created: CREATED,
    model: asked.model,
    choices: Array.from({ length: asked.choices }, (_, index) => ({ index, message, logprobs: null, finish_reason })),
    ...(asked.usage ? { usage: chatUsage(asked) } : {}),
    service_tier: 'default',
  };
}

export function chatStream(asked: Asked): string[] {
  const chunk = (choices: object[], usage: object | null = null) => ({
    id: `chatcmpl-${asked.id}`,
    object: 'chat.completion.chunk',
    created: CREATED,
    model: asked.model,
    choices,
    ...(asked.includeUsage && asked.usage ? { usage } : {}),
  });
  const delta = (content: object, finish_reason: string | null = null) =>
    chunk([{ index: 0, delta: content, logprobs: null, finish_reason }]);
  const tool = toolCalls(asked)?.tool_calls.map((call, index) => ({ index, ...call }));
  const events: object[] = [delta({ role: 'assistant', content: '' })];
  for (const word of asked.words) events.push(delta({ content: word }));
  if (tool !== undefined) events.push(delta({ tool_calls: tool }));
  if (asked.model === 'sim-error-stream')
    events.push({ error: { message: 'simulated stream error', type: 'server_error', code: null } });
  else events.push(delta({}, tool === undefined ? 'stop' : 'tool_calls'));
  if (asked.includeUsage && asked.usage) events.push(chunk([], chatUsage(asked)));
  return [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n'];
}

export function responsesReply(asked: Asked, status = 'completed'): object {
  return {
    id: `resp_${asked.id}`,
    object: 'response',
    created_at: CREATED,
    status,
    error: null,
    incomplete_details: null,
    model: asked.model,
    output: status === 'completed' ? [outputItem(asked)] : [],
    parallel_tool_calls: true,
    tools: [],
    usage: status === 'completed' && asked.usage ? responsesUsage(asked) : null,
    metadata: {},
  };
}

export function responsesStream(asked: Asked): string[] {
  const item = outputItem(asked);
  const events: object[] = [
    { type: 'response.created', response: responsesReply(asked, 'in_progress') },
    { type: 'response.in_progress', response: responsesReply(asked, 'in_progress') },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [], status: 'in_progress' } },
  ];
  const at = { item_id: item.id, output_index: 0, content_index: 0 };
  if (asked.toolCall === undefined) {
    events.push({
      type: 'response.content_part.added',
      ...at,
      part: { type: 'output_text', text: '', annotations: [] },
    });
    for (const word of asked.words)
      events.push({ type: 'response.output_text.delta', ...at, delta: word, logprobs: [] });
    events.push({ type: 'response.output_text.done', ...at, text: asked.words.join(''), logprobs: [] });
  } else {
    events.push({
      type: 'response.function_call_arguments.delta',
      item_id: item.id,
      output_index: 0,
      delta: asked.toolCall.args,
    });
  }
  events.push({ type: 'response.output_item.done', output_index: 0, item });
  events.push({ type: 'response.completed', response: responsesReply(asked) });
  return events.map((event, sequence_number) => {
    const { type } = event as { type: string };
    return `event: ${type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`;
  });
}

export function embeddingsReply(asked: Asked): object {
  return {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2, 0.3] }],
    model: asked.model,
    usage: { prompt_tokens: asked.inputTokens, total_tokens: asked.inputTokens },
  };
}

function outputItem(asked: Asked) {
  if (asked.toolCall === undefined) {
    const content = [{ type: 'output_text', text: asked.words.join(''), annotations: [], logprobs: [] }];
    return { type: 'message', id: `msg_${asked.id}`, status: 'completed', role: 'assistant', content };
  }
  return {
    type: 'function_call',
    id: `fc_${asked.id}`,
    call_id: 'call_simulated',
    status: 'completed',
    name: asked.toolCall.name,
    arguments: asked.toolCall.args,
  };
}

function toolCalls(asked: Asked) {
  if (asked.toolCall === undefined) return undefined;
  const { name, args } = asked.toolCall;
  return { tool_calls: [{ id: 'call_simulated', type: 'function', function: { name, arguments: args } }] };
}

function chatUsage(asked: Asked): object {
  return {
    prompt_tokens: asked.inputTokens,
    completion_tokens: outputTokens(asked) * asked.choices,
    total_tokens: asked.inputTokens + outputTokens(asked) * asked.choices,
    prompt_tokens_details: { cached_tokens: asked.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: asked.reasoningTokens, audio_tokens: 0 },
  };
}

function responsesUsage(asked: Asked): object {
  return {
    input_tokens: asked.inputTokens,
    input_tokens_details: { cached_tokens: asked.cachedTokens },
    output_tokens: outputTokens(asked),
    output_tokens_details: { reasoning_tokens: asked.reasoningTokens },
    total_tokens: asked.inputTokens + outputTokens(asked),
  };
}
