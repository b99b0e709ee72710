import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FleetSource } from '@reeve/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger } from '../audit/index.ts';
import { openSqlite, type Storage } from '../storage/index.ts';
import type { FleetPart } from './fleet.ts';
import { problemsOf } from './fleet-parts.ts';
import { FleetService } from './fleet-service.ts';
import { readFleetDirectory } from './read-fleet-directory.ts';
import type { RegistryEntry, RegistryLedger } from './registry-entry.ts';

let directory: string;
let storage: Storage;
let ledger: RegistryLedger & AsyncDisposable;
let entries: RegistryEntry[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-registry-'));
  storage = await openSqlite(directory);
  const real = await Ledger.open({ storage, origin: 'test.example/log', onFault: () => undefined });
  entries = [];
  ledger = {
    append: async (added, also, durability) => {
      const indexes = await real.append(added, also, durability);
      entries.push(...added);
      return indexes;
    },
    [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
  };
});

afterEach(async () => {
  await ledger[Symbol.asyncDispose]();
  await storage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const service = (parts: readonly FleetPart[] = [], other: RegistryLedger = ledger) =>
  new FleetService({ storage, ledger: other, parts, whoCanDiff: async () => [] });

const source = (...texts: string[]): FleetSource => ({ files: texts.map((text, i) => ({ path: `f${i}.yaml`, text })) });
const agent = (name: string, more = '') =>
  source(`kind: Agent\nname: ${name}\nowner: maya@example.com\npurpose: Test\n${more}`);
const inWorkspace = (workspace: string, fleet: FleetSource): FleetSource => ({
  files: [...fleet.files, { path: 'w.yaml', text: `kind: Workspace\nname: ${workspace}\n` }],
});
const names = (fleets: FleetService, workspace = 'default') => [...(fleets.current(workspace)?.agents.keys() ?? [])];

test('an apply is in force, on the ledger, and survives a restart', async () => {
  const fleets = service();
  const applied = await fleets.apply(agent('a'), 'per_maya');
  expect(applied).toMatchObject({ workspace: 'default', previous: null, changed: true });
  expect(applied.changes).toEqual([{ change: 'added', kind: 'Agent', name: 'a', fields: [] }]);
  expect(entries).toEqual([{ event: 'fleet.applied', workspace: 'default', version: applied.version, by: 'per_maya' }]);
  const id = fleets.agentId('default', 'a');
  expect(id).toMatch(/^agt_/);
  const again = service();
  expect(await again.load()).toEqual([]);
  expect(again.current('default')).toEqual(fleets.current('default'));
  expect(again.agentId('default', 'a')).toBe(id);
});

test('the same fleet again is a no-op that says so', async () => {
  const fleets = service();
  const first = await fleets.apply(agent('a'), 'maya');
  const second = await fleets.apply(
    { files: [{ path: 'x/y.yml', text: `# moved\n${agent('a').files[0]?.text}` }] },
    'sam',
  );
  expect(second).toEqual({
    workspace: 'default',
    version: first.version,
    previous: first.version,
    changed: false,
    changes: [],
  });
  expect(entries.length).toBe(1);
  expect((await fleets.versions('default')).items.length).toBe(1);
});

test('plan shows every object and field that would change, and changes nothing', async () => {
  const fleets = service();
  const before = await fleets.apply(
    source(
      agent('a', 'risk: low\nbudgets: [{ per: day, usd: 5 }]\n').files[0]?.text ?? '',
      agent('b').files[0]?.text ?? '',
    ),
    'maya',
  );
  const plan = await fleets.plan(
    source(
      agent('a', 'autonomy: pilot\nbudgets: [{ per: day, usd: 9 }]\n').files[0]?.text ?? '',
      agent('c').files[0]?.text ?? '',
    ),
  );
  expect(plan).toMatchObject({ previous: before.version, problems: [], access: [] });
  expect(plan.changes).toEqual([
    {
      change: 'changed',
      kind: 'Agent',
      name: 'a',
      fields: [
        { path: 'budgets[0].usd', before: 5, after: 9 },
        { path: 'risk', before: 'low' },
        { path: 'autonomy', after: 'pilot' },
      ],
    },
    { change: 'removed', kind: 'Agent', name: 'b', fields: [] },
    { change: 'added', kind: 'Agent', name: 'c', fields: [] },
  ]);
  expect(fleets.current('default')?.version).toBe(before.version);
});

test('an invalid fleet is refused whole, with all problems, and the old version serves', async () => {
  const fleets = service();
  const { version } = await fleets.apply(agent('a'), 'maya');
  const refused = await fleets.apply(agent('a', 'risk: x\ntools: [no.x]\n'), 'maya').catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 'invalid_fleet',
    message: 'the fleet has 1 problem\nf0.yaml:5:7: expected one of low, medium, high, critical; found "x"',
  });
  expect(problemsOf(refused)).toEqual([{ file: 'f0.yaml', line: 5, column: 7, message: expect.any(String) }]);
  expect(fleets.current('default')?.version).toBe(version);
  expect(entries.length).toBe(1);
});

test('a feature that finds a problem is placed in the file, and no feature is activated', async () => {
  const activated: string[] = [];
  const watching: FleetPart = {
    prepare: async ({ version }) => ({ problems: [], activate: () => void activated.push(version) }),
  };
  const picky: FleetPart = {
    prepare: async ({ agents }) => ({
      problems: [...agents.values()]
        .filter(({ risk }) => risk === 'critical')
        .map(({ kind, name }) => ({ object: { kind, name }, path: ['risk'], message: 'too hot' })),
      activate: () => undefined,
    }),
  };
  const fleets = service([watching, picky]);
  const { version } = await fleets.apply(agent('a'), 'maya');
  const hot = agent('a', 'risk: critical\n');
  expect((await fleets.plan(hot)).problems).toEqual([{ file: 'f0.yaml', line: 5, column: 7, message: 'too hot' }]);
  await expect(fleets.apply(hot, 'maya')).rejects.toMatchObject({ code: 'invalid_fleet' });
  expect([activated, fleets.current('default')?.version]).toEqual([[version], version]);
});

test.each([
  ['throws while it prepares', { prepare: async () => Promise.reject(new Error('bug')) }, true],
  [
    'throws while it activates',
    {
      prepare: async () => ({
        problems: [],
        activate: () => {
          throw new Error('bug');
        },
      }),
    },
    false,
  ],
])('a feature that %s', async (_name, part: FleetPart, serves) => {
  let broken = false;
  const fleets = service([
    {
      prepare: (fleet) => (broken ? part.prepare(fleet) : Promise.resolve({ problems: [], activate: () => undefined })),
    },
  ]);
  await fleets.apply(agent('a'), 'maya');
  broken = true;
  await expect(fleets.apply(agent('b'), 'maya')).rejects.toThrow();
  // Half a fleet must not serve: after a failed activation the workspace is refused.
  expect(names(fleets)).toEqual(serves ? ['a'] : []);
  broken = false;
  await fleets.apply(agent('b'), 'maya');
  expect(names(fleets)).toEqual(['b']);
});

test('a ledger that cannot take it leaves the old version, and nothing in the store', async () => {
  const failing: RegistryLedger = { append: () => Promise.reject(new Error('disk full')) };
  const fleets = service([], failing);
  await expect(fleets.apply(agent('a'), 'maya')).rejects.toThrow('disk full');
  expect([fleets.current('default'), (await fleets.versions('default')).items]).toEqual([undefined, []]);
});

test('concurrent applies are put in order, each whole', async () => {
  let depth = 0;
  const part: FleetPart = {
    prepare: async () => {
      expect(++depth).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return { problems: [], activate: () => void depth-- };
    },
  };
  const fleets = service([part]);
  const applied = await Promise.all(['a', 'b', 'c', 'd'].map((name) => fleets.apply(agent(name), 'maya')));
  expect(applied.map(({ previous }) => previous)).toEqual([null, ...applied.slice(0, 3).map(({ version }) => version)]);
  const { items } = await fleets.versions('default');
  expect(items.map(({ version }) => version)).toEqual(applied.map(({ version }) => version).reverse());
  expect(items.map(({ current }) => current)).toEqual([true, false, false, false]);
});

test('an apply on top of another version than planned is a conflict', async () => {
  const fleets = service();
  const { version } = await fleets.apply(agent('a'), 'maya', { expectVersion: null });
  const results = await Promise.allSettled(
    ['b', 'c'].map((name) => fleets.apply(agent(name), 'maya', { expectVersion: version })),
  );
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(results[1]).toMatchObject({ reason: { code: 'conflict' } });
});

test('a second process that was overtaken says conflict and then serves what is stored', async () => {
  const [one, two] = [service(), service()];
  await one.apply(agent('a'), 'maya');
  await expect(two.apply(agent('b'), 'sam')).rejects.toMatchObject({ code: 'conflict' });
  expect(names(two)).toEqual(['a']);
  await two.apply(agent('b'), 'sam');
  expect(names(two)).toEqual(['b']);
});

test('what is in flight keeps the fleet it began with', async () => {
  const fleets = service();
  await fleets.apply(agent('a', 'risk: low\n'), 'maya');
  const began = fleets.current('default');
  await fleets.apply(agent('a', 'risk: high\n'), 'maya');
  expect([began?.agents.get('a')?.risk, fleets.current('default')?.agents.get('a')?.risk]).toEqual(['low', 'high']);
});

test('what did not change is the same object in the next version', async () => {
  const fleets = service();
  const tool = 'kind: ToolServer\nname: t\ntransport: { stdio: [x] }\n';
  await fleets.apply(source(tool), 'maya');
  const server = fleets.current('default')?.toolServers.get('t');
  await fleets.apply(source(tool, agent('a').files[0]?.text ?? ''), 'maya');
  expect(fleets.current('default')?.toolServers.get('t')).toBe(server);
});

test('rollback to any version, as a new step', async () => {
  const fleets = service();
  const first = await fleets.apply(agent('a'), 'maya');
  const id = fleets.agentId('default', 'a');
  await fleets.apply(agent('a', 'risk: low\n'), 'maya');
  const third = await fleets.apply(agent('b'), 'maya');
  const back = await fleets.rollback('default', first.version, 'sam');
  expect(back).toMatchObject({ version: first.version, previous: third.version, changed: true });
  expect([names(fleets), fleets.agentId('default', 'a')]).toEqual([['a'], id]);
  expect(entries.at(-1)).toEqual({
    event: 'fleet.rolled-back',
    workspace: 'default',
    version: first.version,
    previous: third.version,
    by: 'sam',
  });
  await expect(fleets.rollback('default', 'sha256:000000', 'sam')).rejects.toMatchObject({ code: 'not_found' });
  await expect(fleets.rollback('default', '%', 'sam')).rejects.toMatchObject({ code: 'invalid_request' });
  expect(await fleets.rollback('default', first.version.slice(7, 19), 'sam')).toMatchObject({ changed: false });
  const again = service();
  await again.load();
  expect(again.current('default')?.version).toBe(first.version);
  expect((await again.versions('default', { limit: 3 })).items.map(({ change, current }) => [change, current])).toEqual(
    [
      ['rolled-back', true],
      ['applied', false],
      ['applied', false],
    ],
  );
  const older = await again.versions('default', {
    limit: 3,
    before: (await again.versions('default', { limit: 3 })).next ?? '',
  });
  expect(older).toMatchObject({ items: [{ version: first.version, current: false }], next: null });
});

test('a version costs rows for what it changes only', async () => {
  const fleets = service();
  const many = Array.from({ length: 20 }, (_, i) => agent(`a${i}`).files[0]?.text ?? '').join('---\n');
  for (const risk of ['low', 'high', 'low'])
    await fleets.apply(source(many, agent('x', `risk: ${risk}\n`).files[0]?.text ?? ''), 'maya');
  const count = async (table: string) =>
    (await storage.read<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n;
  expect([await count('registry_object'), await count('registry_content')]).toEqual([23, 22]);
});

test('another workspace cannot see it, change it or roll it back', async () => {
  const fleets = service();
  const mine = await fleets.apply(inWorkspace('mine', agent('a')), 'maya', { workspace: 'mine' });
  await fleets.apply(inWorkspace('theirs', agent('b')), 'sam', { workspace: 'theirs' });
  expect([names(fleets, 'mine'), names(fleets, 'theirs'), fleets.current('default')]).toEqual([
    ['a'],
    ['b'],
    undefined,
  ]);
  const theirs = { workspace: 'theirs' };
  await expect(fleets.apply(inWorkspace('mine', agent('c')), 'sam', theirs)).rejects.toMatchObject({
    code: 'forbidden',
  });
  await expect(fleets.plan(inWorkspace('mine', agent('c')), theirs)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(fleets.rollback('mine', mine.version, 'sam', theirs)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(fleets.rollback('theirs', mine.version, 'sam', theirs)).rejects.toMatchObject({ code: 'not_found' });
  await expect(fleets.export('theirs', mine.version)).rejects.toMatchObject({ code: 'not_found' });
  expect((await fleets.versions('theirs')).items.map(({ appliedBy }) => appliedBy)).toEqual(['sam']);
  expect(fleets.agentId('theirs', 'a')).toBeUndefined();
});

test('a source without a Workspace belongs to the workspace of its caller', async () => {
  const fleets = service();
  await fleets.apply(agent('a'), 'maya', { workspace: 'mine' });
  expect(names(fleets, 'mine')).toEqual(['a']);
});

test('a stored fleet that was tampered with does not serve', async () => {
  await service().apply(agent('a'), 'maya');
  await storage.write(
    [{ sql: "UPDATE registry_content SET body = REPLACE(body, 'Test', 'Evil')", params: [] }],
    'power',
  );
  const fleets = service();
  expect(await fleets.load()).toEqual([
    {
      workspace: 'default',
      problems: [
        {
          file: 'Agent/a',
          line: 1,
          column: 1,
          message: 'the stored object does not have the hash it was stored under',
        },
      ],
    },
  ]);
  expect(fleets.current('default')).toBeUndefined();
  await fleets.apply(agent('b'), 'maya');
  expect(names(fleets)).toEqual(['b']);
});

test('a directory is read as a source, dot files and others left out', async () => {
  const root = join(directory, 'fleet');
  mkdirSync(join(root, 'policies'), { recursive: true });
  mkdirSync(join(root, '.git'));
  writeFileSync(join(root, 'a.yaml'), agent('a').files[0]?.text ?? '');
  writeFileSync(join(root, '.git', 'x.yaml'), 'kind: X');
  writeFileSync(join(root, 'README.md'), '# fleet');
  writeFileSync(join(root, 'policies', 'p.cedar'), 'permit(principal, action, resource);');
  expect((await readFleetDirectory(root)).files.map(({ path }) => path)).toEqual(['a.yaml', 'policies/p.cedar']);
  writeFileSync(join(root, 'b.yaml'), new Uint8Array([0xff]));
  await expect(readFleetDirectory(root)).rejects.toMatchObject({ code: 'invalid_fleet' });
  await expect(readFleetDirectory(join(root, 'gone'))).rejects.toMatchObject({ code: 'invalid_fleet' });
});

test('a tool may have the name of what every object inherits', async () => {
  const fleets = service();
  const server = (tools: string) => source(`kind: ToolServer\nname: t\ntransport: { stdio: [x] }\ntools: ${tools}\n`);
  await fleets.apply(server('{ valueOf: {} }'), 'maya');
  const { changes } = await fleets.apply(server('{ constructor: {} }'), 'maya');
  expect(changes[0]?.fields).toEqual([
    { path: 'tools.valueOf', before: {} },
    { path: 'tools.constructor', after: {} },
  ]);
});

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30, unit: 'binary' }).map((s) => s.toWellFormed()),
  fc.constantFrom(
    'yes',
    'null',
    '1.0',
    '# x',
    '- a',
    ' b ',
    'a\n\n b\t',
    '&a',
    '!t',
    '"',
    "'",
    '0x1F',
    '\u0085\u2028',
    '{',
    '%',
    '<<',
  ),
);

test('export, then apply, is the same version', async () => {
  const fleets = service();
  await fc.assert(
    fc.asyncProperty(
      text,
      text,
      fc.double({ min: 0, max: 9e6, noNaN: true }),
      fc.dictionary(fc.stringMatching(/^[A-Za-z0-9_./-]{1,20}$/), text, { maxKeys: 5 }),
      text,
      async (purpose, description, usd, tools, policy) => {
        const file = (path: string, object: unknown) => ({ path, text: JSON.stringify(object) });
        const written = {
          files: [
            file('a.yaml', {
              kind: 'Agent',
              name: 'null',
              owner: 'm@example.com',
              purpose,
              description,
              budgets: [{ per: 'day', usd }],
            }),
            file('t.yaml', {
              kind: 'ToolServer',
              name: 't',
              transport: { stdio: ['x', purpose] },
              tools: Object.fromEntries(
                Object.entries(tools).map(([name, words]) => [name, { description: words, labels: [words] }]),
              ),
            }),
            { path: 'policies/p.cedar', text: policy },
          ],
        };
        const { version } = await fleets.apply(written, 'maya');
        const exported = await fleets.export('default');
        expect(await fleets.apply(exported, 'maya')).toMatchObject({ version, changed: false });
        expect(await fleets.export('default', version)).toEqual(exported);
      },
    ),
    { numRuns: 60 },
  );
});
