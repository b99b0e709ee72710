import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Reeve, startReeve } from '@reeve/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scenarioFleet } from './stage/scenario.ts';

// The shipped packs go through the compiler that `reeve apply` uses.

const PACKS = {
  'purchasing.yaml': 'purchase-order',
  'data-access.yaml': 'exfiltration',
  'deployments.yaml': 'midnight-deploy',
  'exposure.yaml': 'escalation-chain',
  'pricing.yaml': 'feedback-loop',
} as const;
const here = import.meta.dirname;
let reeve: Reeve;

beforeAll(async () => {
  reeve = await startReeve({ fleet: { 'fleet.yaml': 'kind: Workspace\nname: default\n' } });
});
afterAll(() => reeve?.[Symbol.asyncDispose]());

async function problemsOf(files: Readonly<Record<string, string>>) {
  const body = { files: Object.entries(files).map(([path, text]) => ({ path, text })) };
  return (await reeve.admin.call('fleet.plan', { body })).problems;
}

test('every shipped pack has a story, and stands in the documentation', () => {
  expect(readdirSync(join(here, 'packs')).sort()).toEqual(Object.keys(PACKS).sort());
  const page = readFileSync(join(here, '../docs/scenarios.md'), 'utf8');
  for (const [pack, story] of Object.entries(PACKS)) {
    expect(page).toContain(`examples/packs/${pack}`);
    expect(page).toContain(`node examples/${story}/run.ts`);
  }
});

test.each(Object.entries(PACKS))(
  '%s compiles in the fleet of its story, byte for byte as it is shipped',
  async (pack, story) => {
    const fleet = scenarioFleet(join(here, story), pack, { toolsUrl: 'http://127.0.0.1:9' });
    expect(fleet[`packs/${pack}`]).toBe(readFileSync(join(here, 'packs', pack), 'utf8'));
    expect(await problemsOf(fleet)).toEqual([]);
  },
);

test('a pack whose tools were not put in place is refused, with the line and what would be right', async () => {
  const fleet = scenarioFleet(join(here, 'exfiltration'), 'purchasing.yaml', { toolsUrl: 'http://127.0.0.1:9' });
  const [problem] = await problemsOf(fleet);
  expect(problem).toMatchObject({ file: 'packs/purchasing.yaml', line: expect.any(Number) });
  expect(problem?.message).toContain('erp');
});
