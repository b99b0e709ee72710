import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { generateText } from 'ai';
import OpenAI from 'openai';
import type { Story } from '../../stage/story.ts';
import type { Stage } from '../stage.ts';
import { PROVIDER_KEY } from '../stage.ts';

const content = 'say "one two three"';
const messages = [{ role: 'user' as const, content }];
const SAID = 'one two three';

/** The official clients, unmodified: a base URL and a key. */
export async function modelsChapter(story: Story, { reeve, provider }: Stage): Promise<void> {
  story.chapter('Model calls: allowed, streamed, priced');
  const apiKey = await reeve.key('clerk');
  const { url } = reeve;
  const defaultHeaders = { 'x-reeve-run': 'story' };

  const openai = new OpenAI({ apiKey, baseURL: `${url}/v1`, defaultHeaders });
  const { data, response } = await openai.chat.completions.create({ model: 'openai/gpt-x', messages }).withResponse();
  story.check('OpenAI answers', data.choices[0]?.message.content, SAID);
  story.check('  it was decided', response.headers.get('x-reeve-decision'), 'allow');
  story.check('  it cost, in dollars', response.headers.get('x-reeve-cost-usd'), '0.003');
  let streamed = '';
  for await (const chunk of await openai.chat.completions.create({ model: 'openai/gpt-x', messages, stream: true }))
    streamed += chunk.choices[0]?.delta.content ?? '';
  story.check('OpenAI streams', streamed, SAID);
  story.check(
    'the provider saw only the key that Reeve holds',
    provider.requests.at(-1)?.headers.authorization,
    `Bearer ${PROVIDER_KEY}`,
  );

  const anthropic = new Anthropic({ apiKey, baseURL: `${url}/anthropic`, defaultHeaders });
  const message = anthropic.messages.stream({ model: 'anthropic/claude-x', max_tokens: 99, messages });
  story.check('Anthropic streams', await message.finalText(), SAID);
  const gemini = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `${url}/gemini`, headers: defaultHeaders } });
  story.check(
    'Gemini answers',
    (await gemini.models.generateContent({ model: 'gemini/gemini-x', contents: content })).text,
    SAID,
  );
  const ai = createOpenAI({ apiKey, baseURL: `${url}/v1`, headers: defaultHeaders });
  story.check('the AI SDK answers', (await generateText({ model: ai('openai/gpt-x'), prompt: content })).text, SAID);

  const { actions, costUsd } = await reeve.admin
    .call('runs.get', { params: { run: 'story' } })
    .then((run) => ({ actions: run.actions, costUsd: run.costUsd }));
  story.check('one run joins them all', { actions, costUsd }, { actions: 5, costUsd: '0.015' });
}
