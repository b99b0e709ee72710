import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionView } from '@reeve/contracts';
import { startModelProvider } from '@reeve/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { agent, type CorePlane, concurrently, startCorePlane, statusAndCode, UPSTREAM_KEY } from './core-plane.ts';

const CALLERS = 200;
const CAP = 50;
/** Three words, as many as the caller allows: what is reserved is what it costs. */
const EXACT = { maxTokens: 3 };

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'reeve-budgets-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

async function allActions(plane: CorePlane): Promise<ActionView[]> {
  const actions: ActionView[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 500, ...(cursor === undefined ? {} : { cursor }) };
    const reply = await plane.reeve.admin.call('actions.list', { query });
    actions.push(...reply.items);
    cursor = reply.next ?? undefined;
  } while (cursor !== undefined);
  return actions;
}

const nano = (usd: string) => Math.round(Number(usd) * 1e9);
const sum = (actions: readonly ActionView[]) => actions.reduce((total, action) => total + nano(action.costUsd), 0);

async function capOf(plane: CorePlane, scope: string) {
  const { items } = await plane.reeve.admin.call('budgets.list');
  return items.find((row) => row.scope === scope);
}

it('stops exactly at its cap under 200 concurrent callers, and stays there after a restart', async () => {
  await using provider = await startModelProvider({ apiKey: UPSTREAM_KEY });
  const fleet = agent('spender', `budgets: [{ per: month, usd: ${CAP * 0.003} }]`);
  {
    await using plane = await startCorePlane({ fleet, data, provider });
    const key = await plane.reeve.key('spender');
    const answers = await concurrently(CALLERS, async (caller) =>
      statusAndCode(await plane.chat(key, { ...EXACT, stream: caller % 2 === 0 })),
    );
    expect(answers.filter(([status]) => status === 200)).toHaveLength(CAP);
    expect(answers.filter(([status, code]) => status === 403 && code === 'budget_exceeded')).toHaveLength(
      CALLERS - CAP,
    );
    expect(provider.count()).toBe(CAP);
    expect(await capOf(plane, 'agent spender')).toMatchObject({
      cap: '0.15',
      spent: '0.15',
      reserved: '0',
      overrun: '0',
    });
    expect(sum(await allActions(plane))).toBe(nano('0.15'));
  }
  await using plane = await startCorePlane({ fleet, data, provider });
  expect(await statusAndCode(await plane.chat(await plane.reeve.key('spender'), EXACT))).toEqual([
    403,
    'budget_exceeded',
  ]);
  expect(await capOf(plane, 'agent spender')).toMatchObject({ spent: '0.15' });
  expect(provider.count()).toBe(CAP);
});

it('never spends above its cap with plain, streamed and aborted calls of unknown length mixed', async () => {
  await using plane = await startCorePlane({ fleet: agent('spender', 'budgets: [{ per: month, usd: 0.4 }]'), data });
  const key = await plane.reeve.key('spender');
  await concurrently(CALLERS, async (caller) => {
    const prompt = `say "${'word '.repeat(1 + (caller % 9))}"`;
    if (caller % 3 !== 2)
      return void (await (await plane.chat(key, { prompt, maxTokens: 10, stream: caller % 3 === 1 })).text());
    const aborter = new AbortController();
    const model = 'openai/sim-slow-stream';
    const response = await plane.chat(key, { model, prompt, maxTokens: 10, stream: true, signal: aborter.signal });
    await response.body?.getReader().read();
    aborter.abort();
  });
  await expect.poll(async () => (await allActions(plane)).filter(({ outcome }) => outcome === null)).toEqual([]);
  const cap = await capOf(plane, 'agent spender');
  const actions = await allActions(plane);
  expect(cap).toMatchObject({ cap: '0.4', reserved: '0', overrun: '0' });
  expect(sum(actions)).toBe(nano(cap?.spent ?? ''));
  expect(sum(actions)).toBeLessThanOrEqual(nano('0.4'));
  const kinds = new Set(actions.map(({ outcome }) => outcome));
  expect([...kinds].sort()).toEqual(['aborted', 'over_budget', 'succeeded']);
  expect(plane.provider.count()).toBe(actions.filter(({ outcome }) => outcome !== 'over_budget').length);
  // One more call after another fills what is left, and not more.
  let last = 200;
  for (let i = 0; last === 200 && i < 200; i++) [last] = await statusAndCode(await plane.chat(key, { maxTokens: 10 }));
  expect(last).toBe(403);
  const end = nano((await capOf(plane, 'agent spender'))?.spent ?? '');
  expect(end).toBeLessThanOrEqual(nano('0.4'));
  expect(end).toBeGreaterThan(nano('0.4') - nano('0.01'));
});

const SCOPES: [scope: string, fleet: string, headers: (caller: number) => Record<string, string>, capped: string[]][] =
  [
    ['agent', agent('a', 'budgets: [{ per: day, calls: 5 }]'), () => ({}), ['agent a']],
    [
      'run',
      agent('a', 'budgets: [{ per: run, calls: 5 }]'),
      (i) => ({ 'x-reeve-run': `r-${i % 2}` }),
      ['agent a', 'agent a'],
    ],
    [
      'feature',
      `${agent('a')}---\n{ kind: Budget, name: f, for: { feature: "*" }, caps: [{ per: day, calls: 5 }] }\n`,
      (i) => ({ 'x-reeve-feature': `f-${i % 2}` }),
      ['feature f-0', 'feature f-1'],
    ],
    [
      'user',
      `${agent('a')}---\n{ kind: Budget, name: u, for: { user: "*" }, caps: [{ per: hour, calls: 5 }] }\n`,
      (i) => ({ 'x-reeve-user': `u-${i % 2}` }),
      ['user u-0', 'user u-1'],
    ],
    [
      'workspace',
      `${agent('a')}---\n{ kind: Budget, name: w, for: { workspace: true }, caps: [{ per: month, calls: 5 }] }\n`,
      () => ({}),
      ['workspace default'],
    ],
  ];

it.each(SCOPES)('caps calls per %s exactly', async (_scope, fleet, headers, capped) => {
  await using plane = await startCorePlane({ fleet, data });
  const key = await plane.reeve.key('a');
  const answers = await concurrently(40, async (i) => statusAndCode(await plane.chat(key, { headers: headers(i) })));
  expect(answers.filter(([status]) => status === 200)).toHaveLength(5 * capped.length);
  expect(answers.filter(([, code]) => code === 'budget_exceeded')).toHaveLength(40 - 5 * capped.length);
  const { items } = await plane.reeve.admin.call('budgets.list');
  expect(
    items
      .filter(({ spent }) => spent === '5')
      .map(({ scope }) => scope)
      .sort(),
  ).toEqual(capped);
});

it('caps tokens, and counts those of the input', async () => {
  await using plane = await startCorePlane({ fleet: agent('a', 'budgets: [{ per: day, tokens: 1000 }]'), data });
  const key = await plane.reeve.key('a');
  await concurrently(100, async () => (await plane.chat(key, EXACT)).text());
  const cap = await capOf(plane, 'agent a');
  const used = (await allActions(plane)).reduce(
    (total, row) => total + (row.inputTokens ?? 0) + (row.outputTokens ?? 0),
    0,
  );
  expect(Number(cap?.spent)).toBe(used);
  expect(used).toBeLessThanOrEqual(1000);
  expect(used).toBeGreaterThan(0);
});

it('refuses a model without a price where there is a budget in money, and says what to do', async () => {
  const fleet = `
${agent('budgeted', 'budgets: [{ per: day, usd: 1 }]')}${agent('free')}---
{ kind: Model, name: unpriced, targets: [{ provider: somewhere, api: openai, model: no-price, baseUrl: "BASE/v1", credential: main }] }
`;
  await using provider = await startModelProvider({ apiKey: UPSTREAM_KEY });
  await using plane = await startCorePlane({ fleet: fleet.replace('BASE', provider.url), data, provider });
  const refused = await plane.chat(await plane.reeve.key('budgeted'), { model: 'unpriced' });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({
    error: {
      code: 'price_unknown',
      message: expect.stringContaining("add a price to the model target or to the workspace's prices"),
    },
  });
  expect(provider.count()).toBe(0);
  expect((await plane.chat(await plane.reeve.key('free'), { model: 'unpriced' })).status).toBe(200);
});

it('refuses calls without a required tag, of the agent or of the workspace', async () => {
  const fleet = `${agent('tagged', 'requireTags: [user]')}${agent('plain')}`;
  await using plane = await startCorePlane({ fleet, data, workspace: 'requireTags: [feature]' });
  const [tagged, plain] = [await plane.reeve.key('tagged'), await plane.reeve.key('plain')];
  const feature = { 'x-reeve-feature': 'search' };
  expect(await statusAndCode(await plane.chat(plain))).toEqual([403, 'missing_tag']);
  expect(await statusAndCode(await plane.chat(plain, { headers: feature }))).toEqual([200, undefined]);
  expect(await statusAndCode(await plane.chat(tagged, { headers: feature }))).toEqual([403, 'missing_tag']);
  expect(await statusAndCode(await plane.chat(tagged, { headers: { ...feature, 'x-reeve-user': 'u-7' } }))).toEqual([
    200,
    undefined,
  ]);
  expect(plane.provider.count()).toBe(2);
  const { items } = await plane.reeve.admin.call('costs.list', { query: { by: 'feature' } });
  expect(items.find(({ key }) => key === 'search')?.costUsd).toBe('0.006');
});
