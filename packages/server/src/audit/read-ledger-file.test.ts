import { afterAll, beforeAll, expect, test } from 'vitest';
import { SampleLedger } from './__fixtures__/sample-ledger.ts';
import { readLedgerFile } from './read-ledger-file.ts';

let sample: SampleLedger;

beforeAll(async () => {
  sample = await SampleLedger.create();
  await sample.ledger.publish();
});

afterAll(async () => {
  await sample[Symbol.asyncDispose]();
});

test.each([
  ['checkpoint', 'text/plain; charset=utf-8', /max-age=1$/],
  ['vkey', 'text/plain; charset=utf-8', /max-age/],
  ['tile/0/000.p/1', 'application/octet-stream', /immutable/],
  ['tile/entries/000.p/1', 'application/octet-stream', /immutable/],
])('%s is served', async (path, contentType, cache) => {
  const file = await readLedgerFile(sample.ledger.directory, path);
  expect(file).toMatchObject({ contentType, cacheControl: expect.stringMatching(cache) });
  expect(file?.bytes.length).toBeGreaterThan(30);
});

test.each([
  '',
  '.',
  '..',
  '../ledger-key.pem',
  'tile/0/../../../ledger-key.pem',
  'checkpoint/',
  '/checkpoint',
  'tile/0',
  'tile/0/000',
  'tile/0/000.p',
  'checkpoint.tmp',
  'checkpoint\0',
  'tile/0/000.p/1/x',
])('%j is not there', async (path) => {
  expect(await readLedgerFile(sample.ledger.directory, path)).toBeUndefined();
});
