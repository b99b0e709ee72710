import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { verifyLedger } from '@reeve/server';
import { type Reeve, startReeve } from '@reeve/testkit';
import { expect } from 'vitest';
import { callTool, codeOf } from './calls.ts';
import { judgementFleet } from './judgement-fleet.ts';
import { prove } from './prove.ts';
import { startShop } from './shop.ts';
import { until } from './world.ts';

const HOOK = { HOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };

interface Released {
  readonly key: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A data directory as the version of that commit left it: a fleet, a key, and five calls of which one was refused. */
function unpackReleased(data: string): string {
  const packed = readFileSync(new URL('__fixtures__/data-of-75eda46.json.gz', import.meta.url));
  const { key, files } = JSON.parse(gunzipSync(packed).toString('utf8')) as Released;
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(data, path)), { recursive: true });
    writeFileSync(join(data, path), Buffer.from(content, 'base64'), { mode: 0o600 });
  }
  return key;
}

async function expectVerified({ admin, data }: Reeve, atLeast: number): Promise<void> {
  await until('everything is published', async () => {
    const { entries, published } = await admin.call('audit.status');
    return entries === published && entries >= atLeast;
  });
  const verified = verifyLedger(join(data, 'ledger'));
  expect(verified.ok ? '' : `${verified.path}: ${verified.why}`).toBe('');
}

function tablesOf(data: string): string[] {
  const database = new DatabaseSync(join(data, 'reeve.db'));
  const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  database.close();
  return rows.map(({ name }) => String(name));
}

const ADDED = [
  'risk_event',
  'risk_recent_event',
  'risk_signal',
  'risk_sequence_match',
  'approval',
  'approval_delivery',
];

prove('UPG-1', async () => {
  const root = mkdtempSync(join(tmpdir(), 'reeve-upgrade-'));
  const data = join(root, 'data');
  const key = unpackReleased(data);
  expect(tablesOf(data)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(risk|approval)/)]));
  await using shop = await startShop();
  {
    await using reeve = await startReeve({ data, fleet: '' });
    const caller = { url: reeve.url, key };
    // What was told before is told again, and nothing of it is repeated.
    const before = (await reeve.admin.call('actions.list', { query: {} })).items;
    expect(before.map(({ outcome }) => outcome).sort()).toEqual(['invalid', ...Array(4).fill('upstream_failed')]);
    const again = await callTool(caller, 'shop.order', { item: 'item 1' }, 'key-1');
    expect([again.status, codeOf(again)]).toEqual([502, 'upstream_failed']);
    await expectVerified(reeve, 13);
  }
  expect(tablesOf(data)).toEqual(expect.arrayContaining(ADDED));
  for (const start of [1, 2]) {
    const fleet = judgementFleet(shop.url, 'http://127.0.0.1:9', 'http://127.0.0.1:9');
    await using reeve = await startReeve({ data, fleet, environment: HOOK });
    const caller = { url: reeve.url, key };
    const order = () => callTool(caller, 'shop.order', { item: 'upgraded', amount: 60, ceiling: 100 });
    if (start === 1) expect((await order()).status).toBe(200);
    expect(codeOf(await order())).toBe('policy_denied');
    expect(codeOf(await callTool(caller, 'shop.pay', { item: `start ${start}` }))).toBe('approval_required');
    await expectVerified(reeve, 16);
  }
  rmSync(root, { recursive: true });
});
