import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  createSigner,
  encodeBundle,
  encodeEntry,
  encodeVerifierKey,
  leafHash,
  signCheckpoint,
  TILE_WIDTH,
  TreeEdge,
  tilePath,
  verifyLog,
} from '@reeve/ledger';

// Other people's code reads our log: Go's transparency-log packages, and Python with OpenSSL.
//   node e2e/interop/verify-ledger.ts DIRECTORY    verifies a copy of a server's ledger directory
//   node e2e/interop/verify-ledger.ts              verifies logs of telling sizes, and that each verifier finds a changed byte

const SIZES = [1, 255, 256, 257, 70_000];
const here = import.meta.dirname;
const scratch = mkdtempSync(join(tmpdir(), 'reeve-interop-'));

interface Verifier {
  readonly name: string;
  readonly verify: (directory: string) => SpawnSyncReturns<string>;
}

let failures = 0;
try {
  const verifiers = [goVerifier(), pythonVerifier()].filter((verifier) => verifier !== undefined);
  const [, , directory] = process.argv;
  if (directory === undefined) for (const size of SIZES) checkSize(size, verifiers);
  else for (const verifier of verifiers) report(verifier.name, verifier.verify(directory), 0);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

function goVerifier(): Verifier | undefined {
  const binary = join(scratch, 'tlog-verify');
  if (spawnSync('go', ['version']).status !== 0) return skipped('go');
  const build = run('go', ['build', '-o', binary, '.'], join(here, 'tlog-verify'));
  if (build.status !== 0) throw new Error(`go build failed: ${build.stderr}`);
  return { name: 'golang.org/x/mod/sumdb', verify: (directory) => run(binary, [directory]) };
}

function pythonVerifier(): Verifier | undefined {
  if (spawnSync('python3', ['--version']).status !== 0) return skipped('python3');
  if (spawnSync('openssl', ['version']).status !== 0) return skipped('openssl');
  const script = join(here, 'audit_ledger.py');
  return { name: 'python and openssl', verify: (directory) => run('python3', [script, directory]) };
}

function skipped(tool: string): undefined {
  console.log(`skipped: ${tool} is not installed`);
}

function run(command: string, args: readonly string[], cwd = here): SpawnSyncReturns<string> {
  return spawnSync(command, args, { cwd, encoding: 'utf8' });
}

function checkSize(size: number, verifiers: readonly Verifier[]): void {
  const directory = join(scratch, String(size));
  writeLog(directory, size);
  const changed = join(directory, tilePath({ level: 'entries', index: 0, width: Math.min(size, TILE_WIDTH) }));
  const good = readFileSync(changed);
  for (const verifier of verifiers) {
    report(`${verifier.name}, ${size} entries`, verifier.verify(directory), 0);
    const bad = Buffer.from(good);
    bad[40] = (bad[40] ?? 0) ^ 1;
    writeFileSync(changed, bad);
    report(`${verifier.name}, ${size} entries, one byte changed`, verifier.verify(directory), 1);
    writeFileSync(changed, good);
  }
}

function report(what: string, result: SpawnSyncReturns<string>, expected: number): void {
  const passed = result.status === expected;
  if (!passed) failures++;
  console.log(`${passed ? 'pass' : 'FAIL'}  ${what}: ${(result.stdout || result.stderr).trim()}`);
}

function writeLog(directory: string, size: number): void {
  const signer = createSigner('interop.example.com/ledger', generateKeyPairSync('ed25519').privateKey);
  const files = new Map<string, Uint8Array>([['vkey', Buffer.from(`${encodeVerifierKey(signer)}\n`)]]);
  const edge = new TreeEdge();
  let bundle: Uint8Array[] = [];
  for (let n = 0; n < size; n++) {
    const entry = Buffer.from(encodeEntry({ event: 'shadow.seen', fingerprint: `f${n}`, reason: 'é€😀' }, n));
    for (const tile of edge.append(leafHash(entry))) files.set(tilePath(tile), tile.bytes);
    bundle.push(entry);
    if (bundle.length < TILE_WIDTH && n < size - 1) continue;
    const index = Math.floor(n / TILE_WIDTH);
    files.set(tilePath({ level: 'entries', index, width: bundle.length }), encodeBundle(bundle));
    bundle = [];
  }
  for (const tile of edge.partials()) files.set(tilePath(tile), tile.bytes);
  files.set('checkpoint', signCheckpoint({ size, root: edge.root() }, signer));
  const ours = verifyLog({ read: (path) => files.get(path), verifier: signer });
  if (!ours.ok) throw new Error(`our own verifier refuses it: ${ours.why}`);
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  }
}
