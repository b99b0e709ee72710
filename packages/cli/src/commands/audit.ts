import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { CliError, call, dataDirectory, globals, print, say } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { cleanJson } from '../render/table.ts';
import { renderVerification } from '../render/verification.ts';

export function auditCommand(): Command {
  return new Command('audit')
    .description('the ledger: query it, verify it, prove an entry')
    .addCommand(verifyCommand())
    .addCommand(statusCommand(), { isDefault: true })
    .addCommand(queryCommand())
    .addCommand(proveCommand());
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('verify a ledger from its files alone; no server needed')
    .argument('[dir]', 'ledger directory, default <data>/ledger')
    .option('--vkey <key>', 'verifier key you trust; without it the key beside the files is used, and said so')
    .action(async (dir: string | undefined, options: { vkey?: string }, self: Command) => {
      const { verifyLedger } = await import('@reeve/server');
      const quiet = globals(self).json === true || !process.stderr.isTTY;
      const ledger = dir ?? join(dataDirectory(self), 'ledger');
      if (!existsSync(ledger))
        throw new CliError(`there is no directory ${ledger}; name it, or pass --data DIR`, EXIT.usage);
      const result = verifyLedger(ledger, {
        ...(options.vkey === undefined ? {} : { vkey: options.vkey }),
        onProgress: quiet ? () => {} : (done, of) => process.stderr.write(`\r${done} of ${of} entries`),
      });
      if (!quiet) process.stderr.write('\r');
      say(self, result, renderVerification(result));
      if (!result.ok) process.exitCode = EXIT.unverified;
    });
}

function statusCommand(): Command {
  return new Command('status')
    .description('size and head of the ledger')
    .action(async (_options: unknown, self: Command) => {
      const reply = await call(self, 'audit.status');
      say(
        self,
        reply,
        `origin     ${reply.origin}\nentries    ${reply.entries}, of which ${reply.published} are under the checkpoint\nverifier   ${reply.vkey}`,
      );
    });
}

function queryCommand(): Command {
  return new Command('query')
    .description('entries in order, one JSON line each')
    .option('--from <index>', 'first entry', '0')
    .option('--limit <n>', 'entries', '100')
    .action(async (options: { from: string; limit: string }, self: Command) => {
      const reply = await call(self, 'audit.entries', { query: options });
      for (const item of reply.items) print(cleanJson(item));
    });
}

function proveCommand(): Command {
  return new Command('prove')
    .description('a receipt: the entry and a proof that it is in the log')
    .argument('<index>')
    .option('--out <file>', 'writes FILE.json (the entry) and FILE.tlog-proof')
    .action(async (index: string, options: { out?: string }, self: Command) => {
      const reply = await call(self, 'audit.receipt', { params: { index } });
      if (options.out === undefined) return say(self, reply, `${reply.entry}\n\n${reply.proof}`);
      writeFileSync(`${options.out}.json`, reply.entry);
      writeFileSync(`${options.out}.tlog-proof`, reply.proof);
      print(`Wrote ${options.out}.json and ${options.out}.tlog-proof.`);
    });
}
