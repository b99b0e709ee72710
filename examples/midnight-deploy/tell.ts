import type { AgentClient } from '../stage/agent.ts';
import { Approver } from '../stage/people.ts';
import { type Scenario, setScenario } from '../stage/scenario.ts';
import { playScenario } from '../stage/scenario-story.ts';
import type { Story } from '../stage/story.ts';
import { lastAction, rulesOf, sayWhy } from '../stage/why.ts';
import { CI, RELEASE } from './tools.ts';
import { clockIn, zoneOfHour } from './zone-of-hour.ts';

const REPORT = 'ci.report_build';
const DEPLOY = 'release.deploy';

/** Nobody can turn the clock of a server, so the server is told that it stands where it is three, and then where it is noon. */
export async function tell(print: (line: string) => void): Promise<number> {
  return (await at(3, 'Midnight deployment', print, night)) + (await at(12, '\nThe benign twin', print, midday));
}

function at(
  hour: number,
  title: string,
  print: (line: string) => void,
  play: (story: Story, scenario: Scenario) => Promise<void>,
): Promise<number> {
  const now = new Date();
  const timeZone = zoneOfHour(hour, now);
  const servers = { ci: CI, release: RELEASE };
  const set = () => setScenario({ directory: import.meta.dirname, pack: 'deployments.yaml', servers, timeZone });
  return playScenario(print, `${title}, ${clockIn(timeZone, now)} in the workspace's time zone ${timeZone}`, set, play);
}

async function night(story: Story, scenario: Scenario): Promise<void> {
  const { reeve, world, agent } = scenario;
  const { deployer, report } = await cast(scenario);
  await report({ build: 'build-81', flaky_tests: 1, destructive_migration: false });
  await report({ build: 'build-82', flaky_tests: 0, destructive_migration: true });
  await report({ build: 'build-83', flaky_tests: 0, destructive_migration: false });
  for (const [build, what, rule] of [
    ['build-81', 'a build with a flaky test', 'deployments/flaky-build'],
    ['build-82', 'a build with a destructive migration', 'deployments/destructive-migration'],
  ] as const) {
    story.chapter(`At three in the morning: ${what} to production`);
    const held = await deployer.call(DEPLOY, { build, environment: 'production' });
    story.check('it is held', [held.passed, world.count(DEPLOY, { build })], [false, 0]);
    const decided = await lastAction(reeve, deployer.run);
    sayWhy(story, decided);
    story.check('  because of', rulesOf(decided), [rule, 'deployments/night'].sort());
  }
  await asked(story, scenario, deployer);

  story.chapter('At three in the morning: what may pass');
  const staging = await deployer.call(DEPLOY, { build: 'build-81', environment: 'staging' });
  story.check('the flaky build to staging', staging.passed, true);
  const green = await deployer.call(DEPLOY, { build: 'build-83', environment: 'production' });
  story.check('a green build to production', green.passed, true);
  sayWhy(story, await lastAction(reeve, deployer.run));
  const untested = await (await agent('deployer', 'hotfix')).call(DEPLOY, {
    build: 'build-99',
    environment: 'production',
  });
  story.check(
    'a build that nobody tested is held',
    [untested.passed, world.count(DEPLOY, { build: 'build-99' })],
    [false, 0],
  );
}

async function asked(story: Story, { reeve, world }: Scenario, deployer: AgentClient): Promise<void> {
  story.chapter('Who was asked');
  const ben = await Approver.of(reeve, 'ben@example.com');
  const questions = await ben.questions();
  story.check(
    'ben@example.com has two questions',
    questions.map(({ args }) => args?.build),
    ['build-81', 'build-82'],
  );
  const [flaky] = questions;
  if (flaky === undefined) return;
  story.say(`  ${flaky.words}`);
  story.check('he knows that flaky test and approves', await ben.approve(flaky), 'approved');
  const passed = await deployer.call(DEPLOY, { build: 'build-81', environment: 'production' });
  story.check('the same call again passes', [passed.passed, world.count(DEPLOY, { build: 'build-81' })], [true, 1]);
}

/** The same agent, the same permission, another hour. */
async function midday(story: Story, scenario: Scenario): Promise<void> {
  const { reeve, world } = scenario;
  const { deployer, report } = await cast(scenario);
  await report({ build: 'build-83', flaky_tests: 0, destructive_migration: false });
  story.chapter('At noon: a green build to production');
  const green = await deployer.call(DEPLOY, { build: 'build-83', environment: 'production' });
  const decided = await lastAction(reeve, deployer.run);
  story.check('it passes', [green.passed, world.count(DEPLOY, { build: 'build-83' })], [true, 1]);
  story.check('  nothing speaks against it', [decided.risk, rulesOf(decided)], [0, []]);
}

async function cast({ agent }: Scenario) {
  const tester = await agent('tester', 'nightly-tests');
  const deployer = await agent('deployer', 'release-train');
  return { deployer, report: (found: Record<string, unknown>) => tester.call(REPORT, found) };
}
