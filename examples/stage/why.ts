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

/** The score with its parts, in the words of the rules. */
export function sayWhy(story: Story, action: Action): void {
  story.say(`risk ${action.risk ?? 0} of 100`);
  for (const { score, rule, message } of spokenOf(action))
    story.say(`  ${score === null ? '  -' : String(score).padStart(3)}  ${rule}: ${message}`);
}

/** Names of the rules that spoke, in order of the alphabet. */
export function rulesOf(action: Action): string[] {
  return spokenOf(action)
    .map(({ rule }) => rule ?? '')
    .sort();
}

/** What a rule says is one finding, what follows from it another: here is what was said. */
function spokenOf({ findings }: Action): Action['findings'] {
  return findings.filter(({ by, verdict, rule }) => by === 'risk' && verdict === 'allow' && !rule?.startsWith('risk/'));
}
