import { Story } from '../stage/story.ts';
import { budgetChapter } from './chapters/budget.ts';
import { killChapter } from './chapters/kill.ts';
import { ledgerChapter } from './chapters/ledger.ts';
import { modelsChapter } from './chapters/models.ts';
import { toolsChapter } from './chapters/tools.ts';
import { setStage } from './stage.ts';

/** Tells the story from beginning to end, and answers how many lines were not as expected. */
export async function tell(print: (line: string) => void): Promise<number> {
  await using stage = await setStage();
  const story = new Story(print);
  print(`Reeve is at ${stage.reeve.url}, the simulated provider at ${stage.provider.url}.`);
  for (const chapter of [modelsChapter, toolsChapter, budgetChapter, killChapter, ledgerChapter])
    await chapter(story, stage);
  print(story.failures === 0 ? '\nEverything is as it should be.' : `\n${story.failures} lines differ.`);
  return story.failures;
}
