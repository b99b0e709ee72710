import type { Reeve } from '@reeve/testkit';
import type { Story } from './story.ts';

/** How the newest action of a run was decided, as operators see it. */
export async function lastAction(reeve: Reeve, run: string) {
  const { items } = await reeve.admin.call('actions.list', { query: { run, limit: 1 } });
  const [action] = items;
  if (action === undefined) throw new Error(`run ${run} has no action`);
  return action;
}

type Action = Awaited<ReturnType<typeof lastAction>>;

/** The score with its parts, and what decided, in the words of the rules. */
export function sayWhy(story: Story, { risk, findings }: Action): void {
  const parts = findings.filter(({ by, message }) => by === 'risk' && message !== '');
  story.say(`risk ${risk ?? 0} of 100`);
  for (const { score, rule, message } of parts)
    story.say(`  ${score === null ? '  ' : String(score).padStart(2)}  ${rule ?? ''}: ${message}`);
}

/** Names of the rules that spoke, in order of the alphabet. */
export function rulesOf({ findings }: Action): string[] {
  return [...new Set(findings.flatMap(({ by, rule }) => (by === 'risk' && rule !== null ? [rule] : [])))].sort();
}
