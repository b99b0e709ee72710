import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve } from '@reeve/testkit';
import { startCountedUpstreams, UPSTREAM_KEY } from './counted-upstreams.ts';
import { AGENTS, fleetOf } from './fleet.ts';
import { pythonWith } from './venv.ts';

// Unmodified Python SDKs and frameworks against a real Reeve, with nothing but base URL and key changed:
//   node e2e/python/run.ts [pytest arguments]

const CLIENTS = ['test_openai.py', 'test_anthropic.py', 'test_google_genai.py'];
const SUITES = [
  {
    name: 'newest',
    requirements: 'requirements.txt',
    files: [...CLIENTS, 'test_mcp.py', 'test_langgraph.py', 'test_budgets.py', 'test_stops.py', 'test_record.py'],
  },
  { name: 'one major older', requirements: 'requirements-older.txt', files: [...CLIENTS, 'test_mcp_older.py'] },
] as const;
const here = import.meta.dirname;

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'reeve-python-')));
  let passed = 0;
  let failed = 0;
  try {
    for (const suite of SUITES) {
      console.log(`\n${suite.name}: ${pinned(suite.requirements)}`);
      const tally = await runSuite(suite, scratch);
      passed += tally.passed;
      failed += tally.failed;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Each suite has a server of its own, so that budgets and stops of one say nothing about the other. */
async function runSuite(suite: (typeof SUITES)[number], scratch: string): Promise<Tally> {
  const python = pythonWith(join(here, suite.requirements));
  const files = join(scratch, suite.requirements, 'files');
  mkdirSync(join(files, 'notes'), { recursive: true });
  writeFileSync(join(files, 'note.txt'), 'a note for agents');
  await using upstreams = await startCountedUpstreams();
  await using reeve = await startReeve({
    fleet: fleetOf({ models: upstreams.models, orders: upstreams.orders, files }),
    environment: { SIM_API_KEY: UPSTREAM_KEY },
  });
  const keys = Object.fromEntries(await Promise.all(AGENTS.map(async (agent) => [agent, await reeve.key(agent)])));
  const environment = {
    REEVE_URL: reeve.url,
    REEVE_TOKEN: readFileSync(join(reeve.data, 'admin-token'), 'utf8').trim(),
    TEST_KEYS: JSON.stringify(keys),
    TEST_COUNTS_URL: upstreams.counts,
    TEST_FILES: files,
    TEST_CLI: JSON.stringify([process.execPath, join(here, '../../packages/cli/src/main.ts')]),
  };
  return await pytest(python, suite.files, join(scratch, `${suite.requirements}.xml`), environment);
}

async function pytest(
  python: string,
  files: readonly string[],
  report: string,
  environment: Readonly<Record<string, string>>,
): Promise<Tally> {
  const child = spawn(python, ['-m', 'pytest', ...files, '--junit-xml', report, ...process.argv.slice(2)], {
    cwd: here,
    stdio: 'inherit',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PYTHONDONTWRITEBYTECODE: '1', ...environment },
  });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  const tally = readReport(report);
  if (code !== 0 && tally.failed === 0) throw new Error(`pytest ended with ${code}`);
  return tally;
}

/** What is skipped counts as failed: absent is not passed. */
function readReport(report: string): Tally {
  const suite = /<testsuite [^>]*>/.exec(readFileSync(report, 'utf8'))?.[0] ?? '';
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN);
  const failed = count('failures') + count('errors') + count('skipped');
  return { passed: count('tests') - failed, failed };
}

function pinned(requirements: string): string {
  return readFileSync(join(here, requirements), 'utf8').trim().replaceAll('==', ' ').replaceAll('\n', ', ');
}
