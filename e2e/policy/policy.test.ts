import { join } from 'node:path';
import type { BacktestView } from '@reeve/contracts';
import { expect, it } from 'vitest';
import { runReeve } from '../core/run-cli.ts';
import { directoryOf, LARGE, OFF, PERMIT, shopFleet, startPolicyPlane, TRIED, UNCLEAR } from './policy-plane.ts';

const API = 'http://127.0.0.1:9';
const CASES = `agent: clerk
tool: shop.order
cases:
  - { name: small, args: { vendor: globex, total: 50 }, expect: allow, rule: orders }
  - { name: large, args: { vendor: globex, total: 500 }, expect: hold, rule: large, waitsFor: person }
  - { name: unclear, args: { total: 50 }, expect: hold, waitsFor: facts }
`;

it('cases beside policies run without a server, and a failing one is named by file and line', async () => {
  const files = {
    'fleet.yaml': shopFleet(API),
    'policies/shop.cedar': [PERMIT, LARGE, UNCLEAR, OFF].join('\n'),
    'policies/shop.test.yaml': CASES,
  };
  using good = directoryOf(files);
  const passed = await runReeve(undefined, 'policy', 'test', good.path);
  expect(passed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(passed.stdout).toContain('3 cases passed.');
  expect(passed.stdout).toMatch(/3 of 4 rules had a say. Never:\n {2}off {2}\(policies\/shop.cedar\)/);

  using bad = directoryOf({
    ...files,
    'policies/shop.test.yaml': CASES.replace('expect: hold, rule', 'expect: deny, rule'),
  });
  const failed = await runReeve(undefined, 'policy', 'test', bad.path);
  expect(failed.exitCode).toBe(1);
  expect(failed.stdout).toContain(
    'policies/shop.test.yaml:5:66  large: expected deny, got hold by large (orders above 100 wait for a person)',
  );
  const json = await runReeve(undefined, '--json', 'policy', 'test', bad.path);
  expect(JSON.parse(json.stdout)).toMatchObject({ passed: 2, failed: 1 });

  using wrong = directoryOf({
    ...files,
    'policies/shop.cedar': '@holds("person") permit (principal, action, resource);',
  });
  const refused = await runReeve(undefined, 'policy', 'test', wrong.path);
  expect(refused.exitCode).toBe(1);
  expect(refused.stdout).toContain('policies/shop.cedar:1:1  unknown annotation @holds');
  using empty = directoryOf({ 'fleet.yaml': shopFleet(API) });
  expect(await runReeve(undefined, 'policy', 'test', empty.path)).toMatchObject({ exitCode: 2 });
});

it('the cases of the fleet to begin with pass', async () => {
  const passed = await runReeve(
    undefined,
    'policy',
    'test',
    join(import.meta.dirname, '../../examples/quickstart/fleet'),
  );
  expect(passed).toMatchObject({ exitCode: 0 });
});

it('a forbid that holds makes the call wait in its own words, and does nothing', async () => {
  await using shop = await startPolicyPlane([PERMIT, LARGE, OFF].join('\n'));
  const held = await shop.propose('shop.order', { vendor: 'globex', total: 500 });
  expect(held).toMatchObject({ status: 403, code: 'approval_required' });
  const denied = await shop.propose('shop.order', { vendor: 'acme', total: 500 });
  expect(denied).toMatchObject({ status: 403, code: 'policy_denied', message: 'orders to acme are off' });
  expect(shop.api.received).toHaveLength(0);
  const { admin } = shop.plane.reeve;
  const { findings, verdict } = await admin.call('actions.get', { params: { action: held.action } });
  expect(verdict).toBe('hold');
  expect(findings).toContainEqual(
    expect.objectContaining({ by: 'policy', rule: 'large', message: 'orders above 100 wait for a person' }),
  );
  expect(await shop.propose('shop.order', { vendor: 'globex', total: 50 })).toMatchObject({ status: 200 });
});

it('a policy in dry-run decides nothing, and the record says what it would have decided', async () => {
  await using shop = await startPolicyPlane([PERMIT, TRIED].join('\n'));
  const passed = await shop.propose('shop.order', { vendor: 'globex', total: 50 });
  expect(passed.status).toBe(200);
  expect(shop.api.received).toHaveLength(1);
  const { findings } = await shop.plane.reeve.admin.call('actions.get', { params: { action: passed.action } });
  expect(findings).toContainEqual(
    expect.objectContaining({
      by: 'policy',
      verdict: 'allow',
      rule: 'tried',
      message: 'dry run: would have been denied (tried)',
    }),
  );
});

it('a workspace in shadow proposes and nothing is executed, with what would have been decided on the record', async () => {
  await using shop = await startPolicyPlane([PERMIT, LARGE].join('\n'), 'mode: shadow');
  const small = await shop.propose('shop.order', { vendor: 'globex', total: 50 });
  const large = await shop.propose('shop.order', { vendor: 'globex', total: 500 });
  expect([small.status, large.status]).toEqual([403, 403]);
  expect(shop.api.received).toHaveLength(0);
  const { admin } = shop.plane.reeve;
  for (const [{ action }, words] of [
    [small, 'policies would have allowed it'],
    [large, 'policies would have held it'],
  ] as const) {
    const { findings } = await admin.call('actions.get', { params: { action } });
    expect(findings.find(({ rule }) => rule === 'autonomy shadow')?.message).toContain(words);
  }
  expect((await shop.propose('shop.read', { id: '7' })).status).toBe(200);
});

it('recorded calls are replayed through a candidate: what would change, what is at stake, who would be asked', async () => {
  await using shop = await startPolicyPlane([PERMIT, OFF].join('\n'));
  const { reeve, files } = shop.plane;
  for (const total of [50, 250, 1_000]) await shop.propose('shop.order', { vendor: 'globex', total });
  await shop.propose('shop.order', { vendor: 'acme', total: 1 });
  await shop.propose('shop.read', { id: '7' });
  using candidate = directoryOf({ ...files, 'policies/own.cedar': [PERMIT, LARGE, UNCLEAR].join('\n') });
  const before = (await reeve.admin.call('audit.status', {})).entries;

  const told = await runReeve(reeve, 'policy', 'backtest', '--since', '1d', '--fleet', candidate.path);
  expect(told).toMatchObject({ exitCode: 0 });
  expect(told.stdout).toContain('2 decisions change');
  expect(told.stdout).toContain('2 allowed then, now held (amounts together 1250)');
  expect(told.stdout).toContain('1 that were refused or held then, so that their content was not kept');
  expect(told.stdout).toMatch(/clerk +shop\.order +allowed +held +2 +1250/);
  expect(told.stdout).toContain('unclear');

  const json = await runReeve(reeve, '--json', 'policy', 'backtest', '--fleet', candidate.path, '--agent', 'clerk');
  const { report, state } = JSON.parse(json.stdout) as BacktestView;
  expect(state).toBe('finished');
  expect(report?.load).toMatchObject({ held: 2, heldBefore: 0, per100: 50 });
  expect(report?.changes.map(({ amount, rules }) => [amount, rules])).toEqual([
    [250, ['large']],
    [1_000, ['large']],
  ]);
  expect((await reeve.admin.call('audit.status', {})).entries).toBe(before);
  expect(await shop.propose('shop.order', { vendor: 'globex', total: 250 })).toMatchObject({ status: 200 });
});

it('a plan says whose calls will wait that did not before', async () => {
  await using shop = await startPolicyPlane(PERMIT);
  const { reeve, files } = shop.plane;
  for (const total of [50, 250]) await shop.propose('shop.order', { vendor: 'globex', total });
  using candidate = directoryOf({ ...files, 'policies/own.cedar': [PERMIT, LARGE].join('\n') });
  const planned = await runReeve(reeve, 'plan', candidate.path);
  expect(planned).toMatchObject({ exitCode: 0 });
  expect(planned.stdout).toContain("On the last week's calls (2):\n  clerk -> shop.order: 1 more will wait");
  expect(planned.stdout).toContain('People would be asked 1 times a day (so far 0), 50 of 100 calls.');
  const json = await runReeve(reeve, '--json', 'plan', candidate.path);
  expect(JSON.parse(json.stdout)).toMatchObject({ problems: [], traffic: { actions: 2 } });
  const quiet = await runReeve(reeve, 'plan', '--no-traffic', candidate.path);
  expect(quiet.stdout).not.toContain('last week');
});
