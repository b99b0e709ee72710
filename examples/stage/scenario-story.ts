import type { Scenario } from './scenario.ts';
import { Story } from './story.ts';

/** Plays a scenario to its end and answers how many lines were not as expected. */
export async function playScenario(
  print: (line: string) => void,
  title: string,
  set: () => Promise<Scenario>,
  play: (story: Story, scenario: Scenario) => Promise<void>,
): Promise<number> {
  await using scenario = await set();
  const story = new Story(print);
  print(`${title}. Reeve is at ${scenario.reeve.url}, the tool servers at ${scenario.world.url}.`);
  await play(story, scenario);
  print(story.failures === 0 ? '\nEverything is as it should be.' : `\n${story.failures} lines differ.`);
  return story.failures;
}
