import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
const CACHE = join(import.meta.dirname, '../../.cache/conformance');
const INSTALL_TIMEOUT_MS = 180_000;
const RUN_TIMEOUT_MS = 120_000;
const SCENARIO_TIMEOUT_MS = 5_000;

export interface SuiteResult {
  /** 0 where everything passed but what was expected to fail, and all of that failed. */
  readonly code: number;
  readonly output: string;
}

/** The public suite, from the npm registry, once. Resolves with its entry. */
export async function installSuite(): Promise<string> {
  const entry = join(CACHE, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const stamp = join(CACHE, 'version');
  if (existsSync(entry) && existsSync(stamp) && readFileSync(stamp, 'utf8') === SUITE) return entry;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, 'package.json'), '{"private":true}');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--save-exact', SUITE];
  const installed = await run('npm', args, CACHE, INSTALL_TIMEOUT_MS);
  if (installed.code !== 0) throw new Error(`npm could not install ${SUITE}:\n${installed.output}`);
  writeFileSync(stamp, SUITE);
  return entry;
}

export function runSuite(entry: string, url: string, revision: string, expectedFailures: string): Promise<SuiteResult> {
  const what = ['server', '--url', url, '--requirements', revision, '--expected-failures', expectedFailures];
  const args = [entry, ...what, '--timeout', String(SCENARIO_TIMEOUT_MS)];
  return run(process.execPath, args, tmpdir(), RUN_TIMEOUT_MS);
}

function run(command: string, args: readonly string[], cwd: string, timeout: number): Promise<SuiteResult> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, output: `${stdout}${stderr}` });
    });
  });
}
