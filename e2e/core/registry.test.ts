import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agent, type CorePlane, concurrently, startCorePlane, statusAndCode } from './core-plane.ts';
import { apiTools, type LocalApi, SHOP_KEY, startLocalApi } from './local-api.ts';
import { runReeve } from './run-cli.ts';

let plane: CorePlane;
let api: LocalApi;
let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'reeve-registry-'));
  api = await startLocalApi();
  plane = await startCorePlane({
    fleet: `${agent('clerk', 'tools: ["shop.*"]')}${apiTools(api.url)}`,
    environment: { SHOP_KEY },
  });
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

function write(name: string, files: Readonly<Record<string, string>>): string {
  const directory = join(root, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

const reeve = (...args: string[]) => runReeve(plane.reeve, ...args);

async function call(key: string, tool: string): Promise<[number, string | undefined]> {
  return statusAndCode(
    await fetch(`${plane.reeve.url}/actions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool, args: { id: 1, text: 'x' } }),
    }),
  );
}

const PERMIT = `permit (principal == Reeve::Agent::"clerk", action == Reeve::Action::"call", resource == Reeve::Tool::"shop.order")
when { context.args.text == "x" };`;

it('plans, applies, exports and rolls back through the command line, and every change is on the ledger', async () => {
  const key = await plane.reeve.key('clerk');
  expect(await call(key, 'shop.order')).toEqual([403, 'policy_denied']);
  const directory = write('permitted', { ...plane.files, 'policies/order.cedar': PERMIT });

  const plan = await reeve('plan', directory);
  expect(plan.exitCode).toBe(0);
  expect(plan.stdout).toContain('shop.order');
  const planned = JSON.parse((await reeve('plan', directory, '--json')).stdout) as {
    access: object[];
    version: string;
  };
  expect(planned.access).toMatchObject([{ change: 'gained', agent: 'clerk', action: 'call', resource: 'shop.order' }]);
  expect(await call(key, 'shop.order')).toEqual([403, 'policy_denied']);

  expect((await reeve('apply', directory)).exitCode).toBe(0);
  expect(await call(key, 'shop.order')).toEqual([200, undefined]);
  expect((await reeve('apply', directory)).stdout).toContain('Nothing to do');

  const exported = join(root, 'exported');
  expect((await reeve('export', exported)).exitCode).toBe(0);
  expect(JSON.parse((await reeve('plan', exported, '--json')).stdout)).toMatchObject({
    version: planned.version,
    changes: [],
    access: [],
  });

  const { items } = JSON.parse((await reeve('versions', '--json')).stdout) as {
    items: { version: string; current: boolean }[];
  };
  const before = items.find(({ current }) => !current)?.version ?? '';
  expect((await reeve('rollback', before.slice(0, 20))).exitCode).toBe(0);
  expect(await call(key, 'shop.order')).toEqual([403, 'policy_denied']);

  const entries = (await plane.reeve.admin.call('audit.entries', { query: { limit: 1000 } })).items.map(
    ({ entry }) => entry as Record<string, string>,
  );
  expect(
    entries.filter(({ event }) => event?.startsWith('fleet.')).map(({ event, version }) => [event, version]),
  ).toEqual([
    ['fleet.applied', before],
    ['fleet.applied', planned.version],
    ['fleet.rolled-back', before],
  ]);
  const refused = entries.filter(({ event }) => event === 'action.refused');
  expect(refused.every(({ fleet }) => fleet === before)).toBe(true);
});

it('applies while streams are open, and drops none of them', async () => {
  const key = await plane.reeve.key('clerk');
  const open = concurrently(10, async (i) => {
    const response = await plane.chat(key, {
      model: 'openai/sim-slow-stream',
      prompt: `say "${'word '.repeat(40)}${i}"`,
      stream: true,
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const chunks = [await reader.read()];
    return { chunks, reader };
  });
  const streams = await open;
  for (let i = 0; i < 3; i++) {
    const directory = write(`hot-${i}`, { ...plane.files, 'more.yaml': agent(`newcomer-${i}`) });
    expect((await reeve('apply', directory)).exitCode).toBe(0);
    expect((await plane.chat(key)).status).toBe(200);
  }
  for (const { chunks, reader } of streams) {
    for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next);
    const text = chunks.map(({ value }) => Buffer.from(value ?? []).toString('utf8')).join('');
    expect(text).toContain('data: [DONE]');
    expect(text).not.toContain('error');
  }
});

const TYPO = `${agent('typo')}budget: []\n`;
const FAULTS: [name: string, files: Record<string, string>, where: RegExp, says: string][] = [
  ['an unknown field', { 'agents.yaml': TYPO }, /^agents\.yaml:8:1\b/, 'budget'],
  [
    'a team as owner',
    { 'agents.yaml': '{ kind: Agent, name: a,\n  owner: the-team, purpose: x }\n' },
    /^agents\.yaml:2:\d+\b/,
    'e-mail',
  ],
  ['broken YAML', { 'a/broken.yaml': 'kind: Agent\nname: [\n' }, /^a\/broken\.yaml:\d+:\d+\b/, ''],
  [
    'a policy that does not parse',
    { 'policies/bad.cedar': 'permit (principal, action,\n  resouce);' },
    /^policies\/bad\.cedar:2:\d+\b/,
    'resouce',
  ],
  [
    'a policy about nobody',
    { 'policies/nobody.cedar': 'permit (principal == Reeve::Agent::"clrek", action, resource);' },
    /^policies\/nobody\.cedar:1:\d+\b/,
    'clerk',
  ],
  [
    'a secret that is not there',
    { 'm.yaml': '{ kind: Model, name: m, targets: [{ provider: openai, model: x, credential: nope }] }' },
    /^m\.yaml:1:\d+\b/,
    'nope',
  ],
  [
    'a value in place of a secret',
    { 's.yaml': 'kind: Secret\nname: s\nvalue: hunter2\n' },
    /^s\.yaml:\d+:\d+\b/,
    'from',
  ],
];

it.each(FAULTS)(
  'refuses %s with file, line and column, and the version in force still serves',
  async (_name, added, where, says) => {
    const { admin } = plane.reeve;
    const key = await plane.reeve.key('clerk');
    const before = await admin.call('fleet.export');
    const files = Object.entries({ ...plane.files, ...added }).map(([path, text]) => ({ path, text }));
    const { problems } = await admin.call('fleet.plan', { body: { files } });
    expect(
      problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`).join('\n'),
    ).toMatch(where);
    expect(problems.map(({ message }) => message).join('\n')).toContain(says);
    await expect(admin.call('fleet.apply', { body: { files } })).rejects.toMatchObject({
      code: 'invalid_fleet',
      message: expect.stringMatching(new RegExp(where.source, 'm')),
      detail: problems,
    });
    expect((await admin.call('fleet.export')).version).toBe(before.version);
    expect((await plane.chat(key)).status).toBe(200);
  },
);

it('prints file, line and column of a fault, and exits with 1', async () => {
  const { exitCode, stdout, stderr } = await reeve('apply', write('typo', { ...plane.files, 'agents.yaml': TYPO }));
  expect(exitCode).toBe(1);
  expect(stdout).toContain('agents.yaml:8:1  unknown key "budget"; did you mean "budgets"?');
  expect(stderr).toContain('nothing was applied; the version in force still serves');
});

it('refuses a change that was planned on another version', async () => {
  const directory = write('late', { ...plane.files, 'late.yaml': agent('late') });
  const { exitCode, stderr } = await reeve('apply', directory, '--expect', 'sha256:another');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/version/);
});

it('answers who can do what, with the conditions left over', async () => {
  const directory = write('who', { ...plane.files, 'policies/order.cedar': PERMIT });
  expect((await reeve('apply', directory)).exitCode).toBe(0);
  const rows = async (what: string) =>
    (JSON.parse((await reeve('who-can', what, '--json')).stdout) as { items: Record<string, unknown>[] }).items;
  expect(await rows('write')).toMatchObject([
    { agent: 'clerk', resource: 'shop.order', verdict: 'conditional', permits: expect.any(Array) },
  ]);
  expect((await rows('delete')).filter(({ verdict }) => verdict !== 'no')).toEqual([]);
  expect((await rows('read')).filter(({ verdict }) => verdict === 'yes').map(({ resource }) => resource)).toContain(
    'shop.read',
  );
  expect(await rows('shop.order')).toMatchObject([{ agent: 'clerk', verdict: 'conditional' }]);
  const { stdout } = await reeve('who-can', 'write');
  expect(stdout).toContain('clerk');
  expect(stdout).toMatch(/text/);
});

it('keeps one record per agent, with all that a security lead asks for', async () => {
  const record = `kind: Agent
name: full
owner: maya@example.com
sponsor: head@example.com
purpose: Refund duplicate charges
trigger: webhook
runtime: { framework: langgraph, vendor: internal, version: "3.2" }
risk: high
autonomy: pilot
tools: [shop.read]
models: [openai/gpt-x]
data: [{ source: stripe, access: write }]
rollback: { procedure: "reeve runs undo RUN", rehearsed: 2026-11-02 }
reviewed: { at: 2026-01-01, every: 90d }
`;
  expect((await reeve('apply', write('full', { ...plane.files, 'full.yaml': record }))).exitCode).toBe(0);
  const shown = JSON.parse((await reeve('agents', 'show', 'full', '--json')).stdout) as Record<string, unknown>;
  expect(shown).toMatchObject({
    name: 'full',
    owner: 'maya@example.com',
    sponsor: 'head@example.com',
    purpose: 'Refund duplicate charges',
    trigger: 'webhook',
    framework: 'langgraph',
    vendor: 'internal',
    version: '3.2',
    risk: 'high',
    autonomy: 'pilot',
    state: 'active',
    tools: ['shop.read'],
    models: ['openai/gpt-x'],
    data: [{ source: 'stripe', access: 'write' }],
    credentials: ['main', 'shop'],
    rollback: 'reeve runs undo RUN',
    reviewedAt: '2026-01-01',
    reviewOverdue: true,
  });
});
