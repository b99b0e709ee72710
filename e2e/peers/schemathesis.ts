import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Reeve, startReeve } from '@reeve/testkit';
import { pythonWith } from '../python/venv.ts';

// Schemathesis makes requests from our own OpenAPI document and looks for answers that break a promise:
//   node e2e/peers/schemathesis.ts [--examples 20] [--seed 1]

const FLEET = `
{ kind: Workspace, name: default }
---
{ kind: Agent, name: helper, owner: maya@example.com, purpose: Is asked about, models: [small], budgets: [{ per: day, usd: 1 }] }
---
{ kind: Model, name: small, targets: [{ provider: sim, api: openai, model: m, baseUrl: "http://127.0.0.1:9/v1", price: { input: 1, output: 2 } }] }
`;
const NO_FAULT = 'not_a_server_error';
const SHAPES = 'not_a_server_error,content_type_conformance,response_schema_conformance';
/** Its answer has no end to wait for. */
const ENDLESS = '/api/approvals/events';
const DEFAULT_EXAMPLES = '20';
const DEFAULT_SEED = '1';
const MAX_SHOWN = 20_000;

interface Round {
  readonly role: string;
  readonly credential: string | undefined;
  readonly mode: 'positive' | 'negative';
  readonly checks: string;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const python = pythonWith(join(import.meta.dirname, 'requirements.txt'));
  await using reeve = await startReeve({ fleet: { 'fleet.yaml': FLEET } });
  const scratch = mkdtempSync(join(tmpdir(), 'reeve-schemathesis-'));
  let failed = 0;
  try {
    const document = join(scratch, 'openapi.json');
    writeFileSync(document, await (await fetch(new URL('/api/openapi.json', reeve.url))).text());
    for (const round of await roundsOf(reeve)) {
      const { code, output } = await runRound(python, document, reeve, round);
      const cases = /(\d+) generated/.exec(output)?.[1] ?? 'no';
      const passed = code === 0 && cases !== 'no';
      console.log(`${passed ? 'pass' : 'FAIL'}  ${round.role}, ${round.mode}, ${cases} requests: ${round.checks}`);
      if (passed) continue;
      console.log(output.slice(-MAX_SHOWN));
      failed += 1;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return failed === 0 ? 0 : 1;
}

/** The administrator comes last: what it orders, stops included, stays. */
async function roundsOf(reeve: Reeve): Promise<Round[]> {
  const admin = readFileSync(join(reeve.data, 'admin-token'), 'utf8').trim();
  const roles = { anonymous: undefined, agent: await reeve.key('helper') };
  const strangers = Object.entries(roles).flatMap(([role, credential]) =>
    (['positive', 'negative'] as const).map((mode) => ({ role, credential, mode, checks: NO_FAULT })),
  );
  return [
    ...strangers,
    { role: 'admin', credential: admin, mode: 'positive', checks: SHAPES },
    { role: 'admin', credential: admin, mode: 'negative', checks: NO_FAULT },
  ];
}

async function runRound(
  python: string,
  document: string,
  reeve: Reeve,
  round: Round,
): Promise<{ code: number | null; output: string }> {
  const credential = round.credential === undefined ? [] : ['--header', `authorization: Bearer ${round.credential}`];
  const child = spawn(
    join(dirname(python), 'schemathesis'),
    [
      ...['run', document, '--url', reeve.url, ...credential, '--exclude-path', ENDLESS],
      ...['--phases', 'examples,coverage,fuzzing', '--mode', round.mode, '--checks', round.checks, '--no-color'],
      ...['--max-examples', option('--examples', DEFAULT_EXAMPLES), '--seed', option('--seed', DEFAULT_SEED)],
      ...['--continue-on-failure', '--suppress-health-check', 'all', '--warnings', 'off', '--workers', '1'],
    ],
    { cwd: dirname(document), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.stderr.on('data', (piece: Buffer) => pieces.push(piece));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  return { code, output: Buffer.concat(pieces).toString('utf8') };
}

function option(name: string, otherwise: string): string {
  const at = process.argv.indexOf(name);
  return (at === -1 ? undefined : process.argv[at + 1]) ?? otherwise;
}
