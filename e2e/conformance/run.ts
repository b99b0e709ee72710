import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConformanceUpstream } from './upstream.ts';

// Runs the public MCP conformance suite against `/mcp/{server}` of a real Reeve, once per protocol era:
//   node e2e/conformance/run.ts [--verbose]
// Exits with 1 where a scenario fails that expected-failures-*.yml does not name, or passes although it is named there.

const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache/conformance');
const SUITE_TIMEOUT_MS = 40_000;
const SCENARIO_TIMEOUT_MS = 5_000;
const READY_TIMEOUT_MS = 20_000;
const REVISIONS = [
  { revision: '2025-11-25', server: 'legacy' },
  { revision: '2026-07-28', server: 'modern' },
] as const;

interface RunResult {
  readonly code: number;
  readonly output: string;
}

async function main(): Promise<number> {
  const suite = await installSuite();
  await using upstream = await startConformanceUpstream();
  await using reeve = await startReeve(upstream.url);
  await using forwarder = await startForwarder(reeve.url, reeve.key);
  let code = 0;
  for (const { revision, server } of REVISIONS) {
    const expected = join(import.meta.dirname, `expected-failures-${revision}.yml`);
    const url = `${forwarder.url}/mcp/${server}`;
    const args = [suite, 'server', '--url', url, '--requirements', revision, '--expected-failures', expected];
    const result = await run(process.execPath, [...args, '--timeout', String(SCENARIO_TIMEOUT_MS)]);
    process.stdout.write(
      `\nMCP conformance ${revision}\n${process.argv.includes('--verbose') ? result.output : summaryOf(result.output)}\n`,
    );
    if (result.code !== 0) code = 1;
  }
  return code;
}

function summaryOf(output: string): string {
  const at = output.lastIndexOf('SUMMARY');
  return at === -1 ? output.slice(-4_000) : output.slice(at);
}

async function installSuite(): Promise<string> {
  const entry = join(CACHE, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const stamp = join(CACHE, 'version');
  if (existsSync(entry) && existsSync(stamp) && readFileSync(stamp, 'utf8') === SUITE) return entry;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, 'package.json'), '{"private":true}');
  const installed = await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--loglevel=error', '--save-exact', SUITE],
    CACHE,
  );
  if (installed.code !== 0) throw new Error(`npm could not install ${SUITE}:\n${installed.output}`);
  writeFileSync(stamp, SUITE);
  return entry;
}

async function startReeve(upstream: string): Promise<{ url: string; key: string } & AsyncDisposable> {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-conformance-'));
  writeFleet(join(directory, 'fleet'), upstream);
  const data = join(directory, 'data');
  const port = await freePort();
  const flags = ['--port', String(port), '--data', data, '--fleet', join(directory, 'fleet'), '--log-level', 'warn'];
  const child = spawn(process.execPath, [join(ROOT, 'packages/cli/src/main.ts'), 'start', ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await stopped(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await ready(`${url}/readyz`, child);
    const admin = readFileSync(join(data, 'admin-token'), 'utf8').trim();
    const made = await fetch(`${url}/api/keys?workspace=main`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ agent: 'conformance' }),
    });
    const { key } = (await made.json()) as { key?: string };
    if (key === undefined) throw new Error(`no key was made: HTTP ${made.status}`);
    return { url, key, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeFleet(directory: string, upstream: string): void {
  mkdirSync(join(directory, 'policies'), { recursive: true });
  const servers = REVISIONS.map(
    ({ server }) => `---\nkind: ToolServer\nname: ${server}\ntransport: { http: "${upstream}/${server}" }\n`,
  );
  writeFileSync(
    join(directory, 'fleet.yaml'),
    `kind: Workspace\nname: main\n---\nkind: Agent\nname: conformance\nowner: maya@example.com\npurpose: Run the MCP conformance suite\ntools: ["*"]\n${servers.join('')}`,
  );
  writeFileSync(
    join(directory, 'policies/conformance.cedar'),
    'permit(principal == Reeve::Agent::"conformance", action == Reeve::Action::"call", resource);\n',
  );
}

/** The suite knows no credentials: this adds them and changes nothing else, Host and Origin above all. */
async function startForwarder(target: string, key: string): Promise<{ url: string } & AsyncDisposable> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${key}` };
    const onward = httpRequest({ hostname, port, method: incoming.method, path: incoming.url, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function run(command: string, args: readonly string[], cwd = tmpdir()): Promise<RunResult> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd, timeout: SUITE_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, output: `${stdout}${stderr}` });
      },
    );
  });
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`reeve ended with ${child.exitCode} before it was ready`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('reeve was not ready in time');
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

process.exitCode = await main();
