import { Approver } from '../stage/people.ts';
import { type Scenario, setScenario } from '../stage/scenario.ts';
import { playScenario } from '../stage/scenario-story.ts';
import type { Story } from '../stage/story.ts';
import { lastAction, rulesOf, sayWhy } from '../stage/why.ts';
import { DEPLOY, DNS, EC2 } from './tools.ts';

const INGRESS = 'ec2.authorize_ingress';
const RELEASE = 'deploy.release';
const RECORD = 'dns.create_record';
const EVERYBODY = '0.0.0.0/0';
const HALF_OF_EVERYBODY = '128.0.0.0/1';

export function tell(print: (line: string) => void): Promise<number> {
  const servers = { ec2: EC2, deploy: DEPLOY, dns: DNS };
  const set = () => setScenario({ directory: import.meta.dirname, pack: 'exposure.yaml', servers });
  return playScenario(print, 'Escalation chain', set, async (story, scenario) => {
    await benign(story, scenario);
    await chain(story, scenario);
    await otherOrder(story, scenario);
  });
}

/** The benign twin: single steps, and three steps that have nothing to do with each other. */
async function benign(story: Story, { reeve, agent }: Scenario): Promise<void> {
  story.chapter('The benign twin: a lone change, and steps on different services');
  const network = await agent('network', 'ticket-17');
  const lone = await network.call(INGRESS, { service: 'status-page', cidr: EVERYBODY, port: 443 });
  const decided = await lastAction(reeve, network.run);
  story.check('a lone ingress change passes', [lone.passed, decided.risk, rulesOf(decided)], [true, 0, []]);
  const release = await (await agent('deployer', 'ticket-18')).call(RELEASE, { service: 'billing', version: '4.1' });
  const name = await (await agent('names', 'ticket-19')).call(RECORD, {
    service: 'wiki',
    name: 'wiki.example.com',
  });
  story.check('so do a release and a name of other services', [release.passed, name.passed], [true, true]);
}

/** Three agents, three owners, three runs: no one of them does anything that it may not do. */
async function chain(story: Story, { reeve, world, agent }: Scenario): Promise<void> {
  story.chapter('Three agents that together expose one service');
  const service = 'payroll';
  const opened = await (await agent('network', 'ticket-21')).call(INGRESS, { service, cidr: EVERYBODY, port: 8080 });
  const released = await (await agent('deployer', 'ticket-22')).call(RELEASE, { service, version: '2.0' });
  story.check('the first two steps pass', [opened.passed, released.passed], [true, true]);
  const names = await agent('names', 'ticket-23');
  const record = { service, name: 'payroll.example.com' };
  const held = await names.call(RECORD, record);
  story.check('the third is held', [held.passed, world.count(RECORD, { service })], [false, 0]);
  const decided = await lastAction(reeve, names.run);
  sayWhy(story, decided);
  story.check('  as one sequence', rulesOf(decided), ['exposure/open-deploy-name']);

  const ben = await Approver.of(reeve, 'ben@example.com');
  const [question] = await ben.questions();
  story.check('ben@example.com is asked about the third', question?.tool, RECORD);
  if (question === undefined) return;
  story.say(`  ${question.words}`);
  story.check('he says no', await ben.deny(question, 'payroll must not be public'), 'denied');
  const refused = await names.call(RECORD, record);
  story.check('the same call is refused from then on', [refused.passed, world.count(RECORD, { service })], [false, 0]);
  story.say(`the agent is told: ${refused.text}`);
}

/** Whoever knows the order tries another. */
async function otherOrder(story: Story, { reeve, world, agent }: Scenario): Promise<void> {
  story.chapter('The same three steps in another order, the port open to half of all addresses');
  const service = 'reports';
  const name = await (await agent('names', 'ticket-31')).call(RECORD, { service, name: 'reports.example.com' });
  const released = await (await agent('deployer', 'ticket-32')).call(RELEASE, { service, version: '1.3' });
  const network = await agent('network', 'ticket-33');
  const opened = await network.call(INGRESS, { service, cidr: HALF_OF_EVERYBODY, port: 80 });
  story.check('the third is held, whichever it is', [name.passed, released.passed, opened.passed], [true, true, false]);
  story.check('  as one sequence', rulesOf(await lastAction(reeve, network.run)), ['exposure/name-deploy-open']);
  story.check('  the port stays closed', world.count(INGRESS, { service }), 0);
}
