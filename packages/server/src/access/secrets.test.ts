import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secret, Workspace } from '@reeve/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReeveError } from '../lib/index.ts';
import type { Fleet } from '../registry/index.ts';
import { Secrets } from './secrets.ts';

let directory: string;
let warnings: unknown[];
let secrets: Secrets;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reeve-secrets-'));
  warnings = [];
  secrets = new Secrets({
    environment: { OPENAI_API_KEY: 'sk-canary-1', EMPTY: '', LINES: 'a\r\nx-evil: 1' },
    directory,
    warn: (event) => warnings.push(event),
  });
});

afterEach(() => {
  secrets[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

function fleet(workspace: string, from: Record<string, Secret['from']>): Fleet {
  const list = Object.entries(from).map(([name, place]): [string, Secret] => [
    name,
    { kind: 'Secret', name, from: place },
  ]);
  return {
    workspace,
    version: 'sha256:0',
    settings: {} as Workspace,
    agents: new Map(),
    toolServers: new Map(),
    models: new Map(),
    secrets: new Map(list),
    budgets: new Map(),
    guardrails: new Map(),
    riskRules: new Map(),
    approvals: new Map(),
    policies: [],
  };
}

async function apply(next: Fleet): Promise<void> {
  const { problems, activate } = await secrets.prepare(next);
  expect(problems).toEqual([]);
  activate();
}

test('values come from the environment or a file, without the line break that editors add', async () => {
  writeFileSync(join(directory, 'stripe'), 'sk-canary-2\n');
  await apply(fleet('default', { openai: { env: 'OPENAI_API_KEY' }, stripe: { file: 'stripe' } }));
  expect(secrets.value('default', 'openai')).toBe('sk-canary-1');
  expect(secrets.value('default', 'stripe')).toBe('sk-canary-2');
  expect(warnings).toEqual([]);
});

test('nothing is in force before it is activated, or in another workspace', async () => {
  const { activate } = await secrets.prepare(fleet('default', { openai: { env: 'OPENAI_API_KEY' } }));
  expect(() => secrets.value('default', 'openai')).toThrow();
  activate();
  expect(secrets.value('default', 'openai')).toBe('sk-canary-1');
  expect(() => secrets.value('other', 'openai')).toThrow();
});

test.each([
  [{ env: 'ABSENT' }, 'the environment variable ABSENT is not set or empty'],
  [{ env: 'EMPTY' }, 'the environment variable EMPTY is not set or empty'],
  [{ env: 'LINES' }, 'the environment variable LINES holds more than one line'],
  [{ file: 'absent' }, 'the file absent cannot be read (ENOENT)'],
])('a secret without a value warns the operator and refuses at use: %j', async (from, problem) => {
  await apply(fleet('default', { broken: from as Secret['from'] }));
  expect(warnings).toEqual([{ workspace: 'default', secret: 'broken', problem }]);
  let thrown: ReeveError | undefined;
  try {
    secrets.value('default', 'broken');
  } catch (error) {
    thrown = error as ReeveError;
  }
  expect(thrown?.code).toBe('fail_closed');
  expect(thrown?.message).not.toMatch(/broken|ABSENT|absent|EMPTY|LINES/);
  expect(thrown?.detail).toEqual({ workspace: 'default', secret: 'broken', problem });
});

test('a changed file is read anew; one that goes away is refused', async () => {
  const file = join(directory, 'stripe');
  writeFileSync(file, 'one');
  await apply(fleet('default', { stripe: { file: 'stripe' } }));
  writeFileSync(file, 'second');
  await secrets.refresh();
  expect(secrets.value('default', 'stripe')).toBe('second');
  unlinkSync(file);
  await secrets.refresh();
  await secrets.refresh();
  expect(() => secrets.value('default', 'stripe')).toThrow();
  expect(warnings).toHaveLength(1);
  writeFileSync(file, 'third');
  await secrets.refresh();
  expect(secrets.value('default', 'stripe')).toBe('third');
});
