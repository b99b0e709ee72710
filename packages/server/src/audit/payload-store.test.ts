import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeId } from '@reeve/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SampleLedger, shadow } from './__fixtures__/sample-ledger.ts';
import { openPayloadCipher } from './payload-cipher.ts';
import { PayloadStore, type PayloadToKeep } from './payload-store.ts';
import { verifyLedger } from './verify-ledger.ts';

const ACTION = makeId('action', 1, new Uint8Array(10));
let sample: SampleLedger;
let payloads: PayloadStore;
let now: number;

beforeEach(async () => {
  sample = await SampleLedger.create();
  now = 1_000;
  payloads = newStore();
});

afterEach(async () => {
  await sample[Symbol.asyncDispose]();
});

function newStore(): PayloadStore {
  const cipher = openPayloadCipher(sample.data);
  return new PayloadStore({ storage: sample.storage, ledger: sample.ledger, cipher, now: () => now });
}

async function keep(text: string, more: Partial<PayloadToKeep> = {}): Promise<ReturnType<PayloadStore['keep']>> {
  const payload = {
    workspace: 'a',
    action: ACTION,
    part: 'request',
    bytes: Buffer.from(text),
    keepUntilMs: 2_000,
  } as const;
  const kept = payloads.keep({ ...payload, ...more });
  await sample.ledger.append([shadow(1)], [kept.statement], 'process');
  return kept;
}

test('what is kept is read back after a restart, and its digest can be recomputed', async () => {
  const kept = await keep('hello');
  await sample.reopen();
  payloads = newStore();
  const read = await payloads.read('a', kept.id);
  expect(Buffer.from(read?.bytes ?? []).toString()).toBe('hello');
  expect(read).toMatchObject({ action: ACTION, part: 'request', size: 5, keepUntilMs: 2_000 });
  const again = createHash('sha256')
    .update(read?.digestSalt ?? '')
    .update('hello')
    .digest('hex');
  expect(kept.digest).toBe(`salted-sha256:${again}`);
});

test('the same content has another digest each time, and none is on disk in the clear', async () => {
  const secret = 'a sentence nobody should find';
  const [one, two] = [await keep(secret), await keep(secret)];
  expect(one.digest).not.toBe(two.digest);
  await sample.close();
  for (const file of ['reeve.db', 'reeve.db-wal']) {
    const path = join(sample.data, file);
    if (existsSync(path)) expect(readFileSync(path).includes(secret)).toBe(false);
  }
  await sample.open();
});

test('another workspace finds nothing and erases nothing', async () => {
  const kept = await keep('hello');
  expect(await payloads.read('b', kept.id)).toBeUndefined();
  await expect(payloads.erase('b', kept.id, 'adm_1')).rejects.toMatchObject({ code: 'not_found' });
  expect(await payloads.read('a', kept.id)).toBeDefined();
});

test('an erased payload is gone, recorded once, and the ledger verifies', async () => {
  const kept = await keep('hello');
  await payloads.erase('a', kept.id, 'adm_1');
  expect(await payloads.read('a', kept.id)).toBeUndefined();
  await expect(payloads.erase('a', kept.id, 'adm_1')).rejects.toMatchObject({ code: 'not_found' });
  await sample.ledger.publish();
  expect(verifyLedger(sample.ledger.directory)).toMatchObject({ ok: true, events: { 'payload.erased': 1 } });
});

test('a row exchanged for another is not decrypted', async () => {
  const [one, two] = [await keep('one'), await keep('two')];
  const steal = 'UPDATE ledger_payload SET sealed = (SELECT sealed FROM ledger_payload WHERE id = ?) WHERE id = ?';
  await sample.storage.write([{ sql: steal, params: [one.id, two.id] }], 'power');
  await expect(payloads.read('a', two.id)).rejects.toMatchObject({ code: 'internal' });
});

test('what is too large is kept by digest and size', async () => {
  const bytes = new Uint8Array(300_000);
  const kept = await keep('', { bytes });
  expect(await payloads.read('a', kept.id)).toMatchObject({ size: 300_000, bytes: undefined });
});

test('an empty payload and one at the limit are kept', async () => {
  for (const length of [0, 256 * 1024]) {
    const kept = await keep('', { bytes: new Uint8Array(length) });
    expect((await payloads.read('a', kept.id))?.bytes?.length).toBe(length);
  }
});

test('what has run out cannot be read, and a sweep deletes it in bounded units', async () => {
  const old = Array.from({ length: 1_100 }, (_, n) =>
    payloads.keep({ workspace: 'a', action: ACTION, part: 'reply', bytes: Buffer.from(`${n}`), keepUntilMs: 1_500 }),
  );
  await Promise.all(old.map((kept) => sample.ledger.append([shadow(1)], [kept.statement], 'process')));
  const fresh = await keep('later', { keepUntilMs: 5_000 });
  now = 1_600;
  expect(await payloads.read('a', old[0]?.id ?? '')).toBeUndefined();
  expect(await payloads.sweep()).toBe(1_100);
  expect(await payloads.sweep()).toBe(0);
  expect(await payloads.read('a', fresh.id)).toBeDefined();
});
