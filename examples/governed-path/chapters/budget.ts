import OpenAI from 'openai';
import type { Story } from '../../stage/story.ts';
import type { Stage } from '../stage.ts';

const CALLERS = 200;
/** $0.15 at $0.003 a call. */
const FIT = 50;

/** 200 callers at once, and a cap that stops exactly where it is. */
export async function budgetChapter(story: Story, { reeve, provider }: Stage): Promise<void> {
  story.chapter(`A budget of $0.15 and ${CALLERS} concurrent callers, each call $0.003`);
  const client = new OpenAI({ apiKey: await reeve.key('spender'), baseURL: `${reeve.url}/v1` });
  const before = provider.count();
  const messages = [{ role: 'user' as const, content: 'say "one two three"' }];
  const answers = await Promise.all(
    Array.from({ length: CALLERS }, () =>
      client.chat.completions.create({ model: 'openai/gpt-x', max_tokens: 3, messages }).then(
        () => 'answered',
        (error: unknown) => (error instanceof OpenAI.PermissionDeniedError ? error.code : error),
      ),
    ),
  );
  const count = (what: string) => answers.filter((answer) => answer === what).length;
  story.check('answered', count('answered'), FIT);
  story.check('refused with budget_exceeded, and not retried', count('budget_exceeded'), CALLERS - FIT);
  story.check('calls that reached the provider', provider.count() - before, FIT);
  const { items } = await reeve.admin.call('budgets.list', { query: { agent: 'spender' } });
  const { cap, spent, reserved, overrun } = items[0] ?? {};
  story.check(
    'the account',
    { cap, spent, reserved, overrun },
    { cap: '0.15', spent: '0.15', reserved: '0', overrun: '0' },
  );
}
