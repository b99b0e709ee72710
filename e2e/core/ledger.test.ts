import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseVerifierKey, verifyReceipt } from '@reeve/ledger';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agent, type CorePlane, startCorePlane } from './core-plane.ts';
import { apiTools, type LocalApi, ORDER_PERMIT, SHOP_KEY, startLocalApi } from './local-api.ts';
import { runReeve } from './run-cli.ts';

let plane: CorePlane;
let api: LocalApi;
let copies: string;

beforeAll(async () => {
  copies = mkdtempSync(join(tmpdir(), 'reeve-copies-'));
  api = await startLocalApi();
  plane = await startCorePlane({
    fleet: `${agent('clerk', 'tools: ["shop.*"]')}${apiTools(api.url)}---
{ kind: Budget, name: u, for: { user: "*" }, caps: [{ per: day, calls: 0 }] }
`,
    policies: ORDER_PERMIT,
    environment: { SHOP_KEY },
  });
  const key = await plane.reeve.key('clerk');
  for (let i = 0; i < 20; i++) await (await plane.chat(key, { stream: i % 2 === 0 })).text();
  await (await plane.chat(key, { headers: { 'x-reeve-user': 'Jane Doe of 12 High Street' } })).text();
  for (const tool of ['shop.order', 'shop.refuse']) {
    await fetch(`${plane.reeve.url}/actions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool, args: { id: 1, text: 'a very private text' } }),
    });
  }
  await published();
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  rmSync(copies, { recursive: true, force: true });
});

/** Whoever asks for a receipt has all that was written before published. */
async function published(): Promise<number> {
  await plane.reeve.admin.call('audit.receipt', { params: { index: 0 } });
  const { entries, published } = await plane.reeve.admin.call('audit.status');
  expect(published).toBe(entries);
  return entries;
}

function copyOfLedger(name: string): string {
  const copy = join(copies, name);
  cpSync(join(plane.reeve.data, 'ledger'), copy, { recursive: true });
  return copy;
}

interface Verified {
  readonly ok: boolean;
  readonly checkpoint: { readonly size: number };
  readonly pairing: { readonly intended: number; readonly refused: number; readonly open: number };
  readonly firstFailing?: number;
  readonly lastSuspect?: number;
  readonly path?: string;
}

async function verify(directory: string, ...more: string[]): Promise<{ exitCode: number; result: Verified }> {
  const { exitCode, stdout } = await runReeve(undefined, 'audit', 'verify', directory, '--json', ...more);
  return { exitCode, result: JSON.parse(stdout) as Verified };
}

function entryFiles(directory: string): string[] {
  const all = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return all
    .filter((path) => path.startsWith(join('tile', 'entries')) && /\d(\.p\/\d+)?$/.test(path) && !path.endsWith('.p'))
    .sort();
}

it('verifies from a copy of its files alone, without a server', async () => {
  const size = await published();
  const { vkey } = await plane.reeve.admin.call('audit.status');
  const { exitCode, result } = await verify(copyOfLedger('whole'), '--vkey', vkey);
  expect(exitCode).toBe(0);
  expect(result).toMatchObject({ ok: true, checkpoint: { size }, pairing: { intended: 21, refused: 2, open: 0 } });
});

it('names the entry in which one byte was changed, with exit code 4', async () => {
  const copy = copyOfLedger('changed');
  const { items } = await plane.reeve.admin.call('audit.entries', { query: { limit: 1000 } });
  const refused = items.find(({ entry }) => (entry as { event: string }).event === 'action.refused');
  expect(refused).toBeDefined();
  const id = (refused?.entry as { action: string } | undefined)?.action;
  // Whoever edits the record edits it wherever it stands: the outcome of the refused call in every published tile.
  let edits = 0;
  for (const path of entryFiles(copy)) {
    const bytes = readFileSync(join(copy, path));
    const at = bytes.indexOf(`"${id}"`);
    if (at < 0) continue;
    bytes[at + 10] = (bytes[at + 10] ?? 0) ^ 1;
    writeFileSync(join(copy, path), bytes);
    edits += 1;
  }
  expect(edits).toBeGreaterThan(0);
  const { exitCode, result } = await verify(copy);
  expect(exitCode).toBe(4);
  expect(result).toMatchObject({ ok: false, firstFailing: refused?.index });
  const words = await runReeve(undefined, 'audit', 'verify', copy);
  expect(words.exitCode).toBe(4);
  expect(words.stdout).toContain(`entry ${refused?.index}`);
});

it('detects any changed byte of any file, a cut end, and another key', async () => {
  const files = readdirSync(copyOfLedger('each'), { recursive: true, withFileTypes: true }).filter((item) =>
    item.isFile(),
  );
  expect(files.length).toBeGreaterThan(3);
  const { verifyLedger } = await import('@reeve/server');
  for (const [i, file] of files.entries()) {
    const copy = copyOfLedger(`byte-${i}`);
    const path = join(file.parentPath.replace(join(copies, 'each'), copy), file.name);
    const bytes = readFileSync(path);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect([file.name, verifyLedger(copy).ok]).toEqual([file.name, false]);
  }
  const cut = copyOfLedger('cut');
  for (const path of entryFiles(cut)) {
    const bytes = readFileSync(join(cut, path));
    writeFileSync(join(cut, path), bytes.subarray(0, bytes.length - 20));
  }
  expect((await verify(cut)).exitCode).toBe(4);
  const stranger = 'log.example.com+7b7d1d5f+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh';
  expect((await verify(copyOfLedger('other-key'), '--vkey', stranger)).exitCode).toBe(4);
});

it('proves a single entry with a receipt that stands alone', async () => {
  const out = join(copies, 'receipt');
  const { exitCode } = await runReeve(plane.reeve, 'audit', 'prove', '3', '--out', out);
  expect(exitCode).toBe(0);
  const entry = readFileSync(`${out}.json`);
  const proof = readFileSync(`${out}.tlog-proof`, 'utf8');
  const { vkey } = await plane.reeve.admin.call('audit.status');
  const verifier = parseVerifierKey(vkey);
  expect(verifyReceipt(proof, entry, verifier).size).toBe(await published());
  const forged = Buffer.from(entry.toString('utf8').replace('"v":1', '"v":2'));
  expect(() => verifyReceipt(proof, forged, verifier)).toThrow();
});

it('serves its files in the public format to anybody, and they are the files of the data directory', async () => {
  for (const path of ['checkpoint', 'vkey', ...entryFiles(join(plane.reeve.data, 'ledger')).slice(0, 1)]) {
    const response = await fetch(`${plane.reeve.url}/ledger/${path}`);
    expect(response.status).toBe(200);
    const served = Buffer.from(await response.arrayBuffer());
    if (path !== 'checkpoint') expect(served.equals(readFileSync(join(plane.reeve.data, 'ledger', path)))).toBe(true);
  }
});

it('holds no content and no address of a person, while the payloads are kept apart and encrypted', async () => {
  const directory = join(plane.reeve.data, 'ledger');
  const all = entryFiles(directory)
    .map((path) => readFileSync(join(directory, path), 'latin1'))
    .join('');
  expect(all).toContain('action.completed');
  for (const secret of ['a very private text', 'Jane Doe', 'maya@example.com', 'one two three', SHOP_KEY, 'reeve_'])
    expect(all).not.toContain(secret);
  const { items } = await plane.reeve.admin.call('actions.list', { query: { target: 'shop.order' } });
  const shown = await plane.reeve.admin.call('actions.get', {
    params: { action: items[0]?.id ?? '' },
    query: { payloads: 'true' },
  });
  expect(shown.request).toContain('a very private text');
  expect(shown.reply).toContain('ord_');
  for (const name of readdirSync(plane.reeve.data).filter((file) => file.includes('.db') || file.includes('sqlite')))
    expect(readFileSync(join(plane.reeve.data, name), 'latin1')).not.toContain('a very private text');
});

it('answers which action caused a side effect, and shows the run in order', async () => {
  const { items } = await plane.reeve.admin.call('actions.list', {
    query: { outcome: 'succeeded', kind: 'tool.call' },
  });
  const sideEffect = items[0]?.sideEffect ?? '';
  expect(sideEffect).toMatch(/^ord_/);
  const found = await runReeve(plane.reeve, 'actions', 'list', '--side-effect', sideEffect, '--json');
  const action = (JSON.parse(found.stdout) as { items: { id: string; run: string }[] }).items[0];
  expect(action?.id).toBe(items[0]?.id);
  const shown = await runReeve(plane.reeve, 'runs', 'show', action?.run ?? '');
  expect(shown.exitCode).toBe(0);
  expect(shown.stdout).toContain('shop.order');
});
