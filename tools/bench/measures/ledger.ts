import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GATEWAY_CORE } from '../process/cores.ts';
import { PinnedProcess } from '../process/pinned-process.ts';
import { temporaryDirectory } from '../process/temporary.ts';
import type { Bench } from './bench.ts';

const WRITER = fileURLToPath(new URL('../ledger/write-ledger.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url));
const MILLION = 1_000_000;

export interface LedgerVerify {
  readonly entries: number;
  readonly seconds: number;
  /** In proportion, where fewer were verified. */
  readonly secondsForMillion: number;
}

/** `reeve audit verify` as an auditor runs it, over files alone. Making the ledger is not timed. */
export async function measureLedger({ plan, say }: Bench): Promise<LedgerVerify> {
  const entries = plan.ledgerEntries;
  const directory = join(temporaryDirectory(), 'ledger');
  say(`ledger      writing ${entries} entries`);
  await runToEnd('ledger writer', [WRITER, directory, String(entries)]);
  const startedMs = performance.now();
  const output = await runToEnd('reeve audit verify', [CLI, 'audit', 'verify', directory, '--json']);
  const seconds = (performance.now() - startedMs) / 1_000;
  if (!/"ok": ?true/.test(output)) throw new Error(`the ledger of the bench did not verify: ${output}`);
  say(`ledger      verified in ${seconds.toFixed(1)} s`);
  return { entries, seconds, secondsForMillion: (seconds * MILLION) / entries };
}

async function runToEnd(name: string, args: readonly string[]): Promise<string> {
  await using child = new PinnedProcess({ name, command: process.execPath, args, core: GATEWAY_CORE });
  const code = await child.ended;
  if (code !== 0) throw new Error(`${name} failed: ${child.output}`);
  return child.output;
}
