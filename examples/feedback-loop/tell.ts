import type { AgentClient } from '../stage/agent.ts';
import { Approver } from '../stage/people.ts';
import { type Scenario, setScenario } from '../stage/scenario.ts';
import { playScenario } from '../stage/scenario-story.ts';
import type { Story } from '../stage/story.ts';
import { lastAction, rulesOf, sayWhy } from '../stage/why.ts';
import { openShop } from './tools.ts';

const SET = 'shop.set_price';
const MARKET = 'shop.market_price';

export function tell(print: (line: string) => void): Promise<number> {
  const set = () =>
    setScenario({ directory: import.meta.dirname, pack: 'pricing.yaml', servers: { shop: openShop() } });
  return playScenario(print, 'Feedback loop', set, async (story, scenario) => {
    await benign(story, scenario);
    await carriedAway(story, scenario);
    await tooOften(story, scenario);
  });
}

/** The benign twin: a correction, and a correction of the correction. */
async function benign(story: Story, { reeve, world, agent }: Scenario): Promise<void> {
  story.chapter('The benign twin: two price changes');
  const pricer = await agent('pricer', 'monday');
  const first = await pricer.call(SET, { sku: 'desk-lamp', price: 100 });
  const second = await pricer.call(SET, { sku: 'desk-lamp', price: 104 });
  const decided = await lastAction(reeve, pricer.run);
  story.check('both pass', [first.passed, second.passed, world.count(SET)], [true, true, 2]);
  story.check('  nothing speaks against them', [decided.risk, rulesOf(decided)], [0, []]);
}

/** The agent follows a market that follows the agent. */
async function carriedAway(story: Story, { reeve, world, agent }: Scenario): Promise<void> {
  story.chapter('Following a market that follows: 12 % a turn');
  const pricer = await agent('pricer', 'tuesday');
  const prices: number[] = [];
  let passed = true;
  while (passed && prices.length < 10) {
    const price = Number((await pricer.call(MARKET, { sku: 'office-chair' })).text);
    ({ passed } = await pricer.call(SET, { sku: 'office-chair', price }));
    prices.push(price);
  }
  story.say(`prices proposed: ${prices.join(', ')}`);
  story.check('the last of them is held', [passed, prices.length], [false, 4]);
  const decided = await lastAction(reeve, pricer.run);
  sayWhy(story, decided);
  story.check('  because of', rulesOf(decided), ['pricing/carried-away']);
  story.check('  the shop never had it', world.count(SET, { sku: 'office-chair', price: prices.at(-1) }), 0);
  const [question] = await (await Approver.of(reeve, 'ben@example.com')).questions();
  story.check('  ben@example.com is asked about', question?.args?.price, prices.at(-1));
}

/** Small steps that never leave the band, one after the other. */
async function tooOften(story: Story, { reeve, world, agent }: Scenario): Promise<void> {
  story.chapter('Twenty changes of one per cent');
  const pricer = await agent('pricer', 'wednesday');
  const changes = await changesOf(pricer, 20);
  story.check('  passed', changes.filter(Boolean).length, 5);
  story.check('  reached the shop', world.count(SET, { sku: 'bookshelf' }), 5);
  story.check('the run is stopped', (await lastAction(reeve, pricer.run)).code, 'run_stopped');
  const { items } = await reeve.admin.call('actions.list', { query: { run: pricer.run, outcome: 'denied' } });
  const [refused] = items;
  if (refused === undefined) return story.check('the sixth is refused', false, true);
  sayWhy(story, refused);
  story.check('  because of', rulesOf(refused), ['pricing/too-often']);
  const again = await (await agent('pricer', 'thursday')).call(SET, { sku: 'bookshelf', price: 101 });
  story.check('a new run does not begin from nothing', again.passed, false);
}

async function changesOf(pricer: AgentClient, count: number): Promise<boolean[]> {
  const passed: boolean[] = [];
  for (let number = 0; number < count; number++)
    passed.push((await pricer.call(SET, { sku: 'bookshelf', price: 100 + (number % 2) })).passed);
  return passed;
}
