import { describe, expect, it } from 'vitest';
import replies from './__fixtures__/replies.json' with { type: 'json' };
import { PriceSource } from './price-book.ts';
import { libraryRates } from './price-library.ts';
import { messageUsage } from './providers/anthropic/response.ts';
import { MessageStream } from './providers/anthropic/stream.ts';
import { geminiUsage } from './providers/gemini/response.ts';
import { GenerateStream } from './providers/gemini/stream.ts';
import { chatUsage, responsesUsage } from './providers/openai/response.ts';
import { ChatStream, ResponsesStream } from './providers/openai/stream.ts';
import { costOf, ratesOfPrice, worstCostOf } from './rates.ts';

const NO_CACHE = {
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  reasoningTokens: 0,
  source: 'reported',
} as const;

describe('usage of whole replies', () => {
  it('OpenAI chat: cached tokens and cache writes are part of the prompt, reasoning of the completion', () => {
    expect(chatUsage(replies.chat)).toEqual({
      inputTokens: 900,
      cacheReadTokens: 1024,
      cacheWriteTokens: 76,
      cacheWrite1hTokens: 0,
      outputTokens: 300,
      reasoningTokens: 192,
      source: 'reported',
    });
  });
  it('OpenAI responses', () => {
    expect(responsesUsage(replies.responses)).toEqual({
      ...NO_CACHE,
      inputTokens: 36,
      cacheReadTokens: 64,
      outputTokens: 87,
      reasoningTokens: 64,
    });
  });
  it('Anthropic: input excludes the cache; one-hour writes are part of all writes', () => {
    expect(messageUsage(replies.message)).toEqual({
      inputTokens: 21,
      cacheReadTokens: 188086,
      cacheWriteTokens: 1556,
      cacheWrite1hTokens: 1000,
      outputTokens: 393,
      reasoningTokens: 120,
      source: 'reported',
    });
  });
  it('Gemini: the prompt includes the cache, candidates exclude thoughts', () => {
    expect(geminiUsage(replies.generate)).toEqual({
      ...NO_CACHE,
      inputTokens: 60,
      cacheReadTokens: 50,
      outputTokens: 130,
      reasoningTokens: 110,
    });
  });
  it('tells zero from missing', () => {
    expect(chatUsage({ usage: { prompt_tokens: 0, completion_tokens: 0 } })).toEqual({
      ...NO_CACHE,
      inputTokens: 0,
      outputTokens: 0,
    });
    expect(chatUsage({})).toBeUndefined();
    expect(chatUsage({ usage: null })).toBeUndefined();
    expect(messageUsage({ usage: 'none' })).toBeUndefined();
  });
  it.each([{}, { total_tokens: 0 }, { prompt_tokens: -5 }, { prompt_tokens: '7', completion_tokens: 1 }])(
    'what is no count is not zero: %j',
    (usage) => {
      expect(chatUsage({ usage })).toBeUndefined();
      expect(responsesUsage({ usage })).toBeUndefined();
      expect(messageUsage({ usage })).toBeUndefined();
      expect(geminiUsage({ usageMetadata: usage })).toBeUndefined();
    },
  );
  it('a claim beyond all reason still makes whole sums', () => {
    const usage = chatUsage({ usage: { prompt_tokens: 1e300, completion_tokens: 1e300 } });
    expect(usage && Number.isSafeInteger(costOf(usage, ratesOfPrice({ input: 100, output: 100 }, 'target')))).toBe(
      true,
    );
  });
});

describe('usage of streams', () => {
  it('Anthropic: the last message_delta counts, gaps come from message_start, and only then it is reported', () => {
    const stream = new MessageStream();
    stream.read({
      type: 'message_start',
      message: { usage: { input_tokens: 25, cache_read_input_tokens: 10, output_tokens: 1 } },
    });
    stream.read({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'hello' } });
    expect(stream.usage).toBeUndefined();
    expect(stream.inputUsage).toMatchObject({ inputTokens: 25, cacheReadTokens: 10 });
    stream.read({ type: 'message_delta', usage: { output_tokens: 7 } });
    stream.read({ type: 'message_delta', usage: { output_tokens: 15, input_tokens: null } });
    expect(stream.usage).toMatchObject({ inputTokens: 25, cacheReadTokens: 10, outputTokens: 15 });
    expect([stream.complete, stream.outputLength]).toEqual([false, 5]);
    stream.read({ type: 'message_stop' });
    expect(stream.complete).toBe(true);
  });

  it('Gemini: the last counts of a stream that ended', () => {
    const stream = new GenerateStream();
    const part = (text: string) => ({ content: { parts: [{ text }] }, index: 0 });
    stream.read({ candidates: [part('a')], usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1 } });
    expect(stream.usage).toBeUndefined();
    stream.read({
      candidates: [{ ...part('b'), finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 4 },
    });
    expect(stream.usage).toMatchObject({ inputTokens: 9, outputTokens: 4 });
  });

  it.each(['response.completed', 'response.incomplete', 'response.failed'])(
    'OpenAI responses: %s carries it',
    (type) => {
      const stream = new ResponsesStream();
      stream.read({ type, response: replies.responses });
      expect(stream.usage).toMatchObject({ outputTokens: 87 });
      expect(stream.error !== undefined).toBe(type === 'response.failed');
    },
  );

  it('OpenAI chat: whole once all choices ended, even without the end marker', () => {
    const stream = new ChatStream(false);
    const choice = (index: number, finish_reason: string | null) => ({
      choices: [{ index, delta: { content: 'x' }, finish_reason }],
    });
    stream.read(choice(0, null));
    stream.read(choice(1, null));
    stream.read(choice(0, 'stop'));
    expect(stream.complete).toBe(false);
    stream.read(choice(1, 'length'));
    expect(stream.complete).toBe(true);
    expect(stream.read({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } })).toBe('drop');
  });
});

describe('prices', () => {
  const at = new Date('2026-08-01T00:00:00Z');

  it('prices long contexts by the tier of the whole request', () => {
    const rates = libraryRates('gemini', 'gemini-2.5-pro', at);
    if (rates === undefined) throw new Error('no price');
    const usage = { ...NO_CACHE, inputTokens: 200_000, cacheReadTokens: 100_000, outputTokens: 1_000 };
    expect(costOf(usage, rates)).toBe(540_000_000);
    expect(costOf({ ...usage, inputTokens: 100_000 }, rates)).toBe(147_500_000);
  });

  it('tells one-hour cache writes from short ones', () => {
    const rates = libraryRates('anthropic', 'claude-haiku-4-5', at);
    if (rates === undefined) throw new Error('no price');
    expect(
      costOf({ ...NO_CACHE, inputTokens: 0, cacheWriteTokens: 1_000, cacheWrite1hTokens: 400, outputTokens: 0 }, rates),
    ).toBe(600 * 1_250 + 400 * 2_000);
  });

  it('knows no price for what the library does not list, which is not zero', () => {
    expect(libraryRates('openai', 'no-such-model', at)).toBeUndefined();
    expect(libraryRates('acme', 'gpt-5-mini', at)).toBeUndefined();
    expect(libraryRates('openai-eu', 'gpt-5-mini', at)).toBeUndefined();
  });

  it('takes the price of the target, then of the workspace, then of the library', () => {
    const target = { provider: 'openai', model: 'gpt-5-mini' };
    const table = [{ model: 'openai/*', price: { input: 7, output: 7 } }];
    expect(new PriceSource({ ...target, price: { input: 3, output: 3 } }, table).at(0)?.base.input).toBe(3_000_000);
    expect(new PriceSource(target, table).at(0)?.base.input).toBe(7_000_000);
    expect(new PriceSource(target, []).at(at.getTime())?.base).toMatchObject({
      input: 250_000,
      cacheRead: 25_000,
      output: 2_000_000,
    });
  });

  it('never costs more than the worst case of as many tokens', () => {
    const rates = ratesOfPrice({ input: 0.0375, output: 0.15, cacheRead: 0.01, cacheWrite: 0.05 }, 'target');
    const usage = { ...NO_CACHE, inputTokens: 333, cacheReadTokens: 333, cacheWriteTokens: 334, outputTokens: 77 };
    expect(costOf(usage, rates)).toBeLessThanOrEqual(worstCostOf(1_000, 77, rates));
    expect(Number.isInteger(costOf(usage, rates))).toBe(true);
  });
});
