import { expect, test } from 'vitest';
import { signer } from './__fixtures__/sample-log.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { emptyTreeHash } from './hash.ts';
import { openNote, signNote } from './note.ts';
import { createVerifier, encodeVerifierKey, parseVerifierKey } from './verifier-key.ts';

// The example of golang.org/x/mod/sumdb/note: key, text and signature come from its documentation.
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETER_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_NOTE = `${PETER_TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (note: string) => new TextEncoder().encode(note);

test('a note signed by another implementation opens', () => {
  const verifier = parseVerifierKey(PETER);
  expect(verifier.keyId).toBe('c74f20a3');
  expect(openNote(bytes(PETER_NOTE), [verifier])).toEqual({ text: PETER_TEXT, signedBy: ['PeterNeumann'] });
  expect(encodeVerifierKey(verifier)).toBe(PETER);
});

test('the bytes of a checkpoint are permanent', () => {
  expect(text(signCheckpoint({ size: 0, root: emptyTreeHash() }, signer))).toMatchInlineSnapshot(`
    "example.com/reeve/ledger
    0
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

    — example.com/reeve/ledger P+dyb4zRNmd0ggqoSm4Uk1mXDw7FPsSAe4OCmdUBvnxSD4v8fI30hCnjFDEZLXH3XcvdjyEYY9myUAnWlCL2IUxktQ0=
    "
  `);
  expect(encodeVerifierKey(signer)).toMatchInlineSnapshot(
    `"example.com/reeve/ledger+3fe7726f+AT7iqKcoPLL9colD2qEn7wnkgwcai0vGmbpFIvCbFM/e"`,
  );
});

const other = createVerifier('example.com/other', signer.publicKey);

test('lines of unknown keys are passed over, and one known key must have signed', () => {
  const note = signNote('hello\n', signer);
  expect(openNote(note, [other, signer]).signedBy).toEqual([signer.name]);
  expect(() => openNote(note, [other])).toThrow('no known key');
});

test('a known key that fails rejects the note even where another signed it', () => {
  const good = text(signNote('hello\n', signer));
  const badLine = good
    .split('\n')
    .at(-2)
    ?.replace(/.{6}=*$/, 'AAAAAA==');
  expect(() => openNote(bytes(`${good}${badLine}\n`), [signer])).toThrow();
});

test('the text ends at the last empty line', () => {
  expect(openNote(signNote('one\n\ntwo\n', signer), [signer]).text).toBe('one\n\ntwo\n');
});

test.each([
  ['control character', 'a\tb\n'],
  ['carriage return', 'a\r\n'],
])('%s in the text is refused', (_, body) => {
  expect(() => openNote(signNote(body, signer), [signer])).toThrow('control character');
});

test('any changed bit of a note makes it fail', () => {
  const note = signCheckpoint({ size: 7, root: emptyTreeHash() }, signer);
  for (let i = 0; i < note.length * 8; i++) {
    const changed = new Uint8Array(note);
    changed[i >> 3] = (changed[i >> 3] ?? 0) ^ (1 << (i & 7));
    expect(() => openCheckpoint(changed, signer), `bit ${i}`).toThrow();
  }
});

test.each([
  ['leading zero', 'example.com/reeve/ledger\n01\n'],
  ['sign', 'example.com/reeve/ledger\n+1\n'],
  ['other origin', 'example.com/else\n1\n'],
  ['too large', 'example.com/reeve/ledger\n9007199254740993\n'],
])('a checkpoint with %s is refused though it is signed', (_, head) => {
  const note = signNote(`${head}${Buffer.from(emptyTreeHash()).toString('base64')}\n`, signer);
  expect(() => openCheckpoint(note, signer)).toThrow();
});

test('base64 with stray characters or tail bits is refused', () => {
  for (const root of ['AR==', 'AQ', 'AQ==\u00a0', '4', `${Buffer.alloc(31).toString('base64')}`]) {
    const note = signNote(`example.com/reeve/ledger\n1\n${root}\n`, signer);
    expect(() => openCheckpoint(note, signer)).toThrow();
  }
});

test.each([
  PETER.replace('c74f20a3', 'c74f20a4'),
  PETER.replace('PeterNeumann', 'PeterNewmann'),
  'x+y',
  '',
  'name+00000000+AgAA',
])('the verifier key %j is refused', (key) => {
  expect(() => parseVerifierKey(key)).toThrow();
});
