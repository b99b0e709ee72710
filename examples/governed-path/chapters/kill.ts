import OpenAI from 'openai';
import type { Story } from '../../stage/story.ts';
import type { Stage } from '../stage.ts';

const STREAMS = 20;
const PROMISED_MS = 1_000;

/** A stop ends what is in flight, nothing starts after it, and only a person resumes. */
export async function killChapter(story: Story, { reeve, provider }: Stage): Promise<void> {
  story.chapter(`A kill with ${STREAMS} open streams`);
  const client = new OpenAI({ apiKey: await reeve.key('clerk'), baseURL: `${reeve.url}/v1` });
  const ask = {
    model: 'openai/sim-slow-stream',
    messages: [{ role: 'user' as const, content: `say "${'word '.repeat(2_000)}"` }],
  };
  const streams = await Promise.all(
    Array.from({ length: STREAMS }, async () => {
      const words = (await client.chat.completions.create({ ...ask, stream: true }))[Symbol.asyncIterator]();
      await words.next();
      return words;
    }),
  );
  const target = { kind: 'agent', name: 'clerk' } as const;
  const orderedAt = performance.now();
  const ends = Promise.all(streams.map((words) => drain(words)));
  const { abortedInFlight } = await reeve.admin.call('stops.order', { body: { target, reason: 'drill' } });
  const reasons = await ends;
  const tookMs = performance.now() - orderedAt;
  story.check('streams ended by the order', abortedInFlight, STREAMS);
  story.check(
    'each client was told why',
    reasons.every((reason) => /clerk is stopped/.test(reason)),
    true,
  );
  story.check('all had ended within a second', tookMs < PROMISED_MS, true);
  story.say(`it took ${Math.round(tookMs)} ms`);
  const before = provider.count();
  const after = await client.chat.completions
    .create(ask)
    .catch((error: unknown) => (error instanceof OpenAI.APIError ? error.code : error));
  story.check('nothing starts after it', [after, provider.count() - before], ['agent_suspended', 0]);
  await reeve.admin.call('stops.lift', { body: { target } });
  const again = await client.chat.completions.create({ ...ask, model: 'openai/gpt-x', max_tokens: 9 });
  story.check('until a person resumes it', again.object, 'chat.completion');
}

async function drain(words: AsyncIterator<unknown>): Promise<string> {
  try {
    while (!(await words.next()).done);
    return 'ended as if it were complete';
  } catch (error) {
    return (error as Error).message;
  }
}
