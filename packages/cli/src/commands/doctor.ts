import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { call, dataDirectory, say } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { explainError } from '../explain-error.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly finding: string;
  readonly remedy?: string;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('checks Node, data directory, server, database and ledger; each finding with its remedy')
    .action(async (_options: unknown, self: Command) => {
      const data = dataDirectory(self);
      const checks = [node(), directory(data), adminToken(data), ...(await server(self)), await ledger(data)];
      const lines = checks.map(
        (check) =>
          `${check.ok ? 'ok  ' : 'FAIL'}  ${check.name.padEnd(10)} ${check.finding}${check.remedy === undefined ? '' : `\n                 ${check.remedy}`}`,
      );
      say(self, checks, lines.join('\n'));
      if (checks.some((check) => !check.ok)) process.exitCode = EXIT.refused;
    });
}

function node(): Check {
  return { name: 'node', ok: true, finding: process.versions.node };
}

function directory(data: string): Check {
  if (!existsSync(data))
    return {
      name: 'data',
      ok: false,
      finding: `${data} does not exist`,
      remedy: 'It is made at the first start; pass --data DIR if it is elsewhere.',
    };
  try {
    accessSync(data, constants.W_OK);
  } catch {
    return {
      name: 'data',
      ok: false,
      finding: `${data} cannot be written`,
      remedy: 'Make it writable for the user that runs the server.',
    };
  }
  return { name: 'data', ok: true, finding: data };
}

function adminToken(data: string): Check {
  const file = join(data, 'admin-token');
  if (!existsSync(file))
    return { name: 'token', ok: false, finding: 'no admin token', remedy: 'The first start writes one.' };
  const open = (statSync(file).mode & 0o077) !== 0;
  return open
    ? { name: 'token', ok: false, finding: `${file} can be read by others`, remedy: `chmod 600 ${file}` }
    : { name: 'token', ok: true, finding: 'owner-only' };
}

async function server(self: Command): Promise<Check[]> {
  try {
    const status = await call(self, 'status.get');
    const fleet = status.workspaces.map((workspace) => `${workspace.name}: ${workspace.agents} agents`).join(', ');
    return [
      {
        name: 'server',
        ok: status.ready,
        finding: status.ready ? `up since ${status.startedAt}` : status.problems.join('; '),
        ...(status.ready ? {} : { remedy: 'The server log has the detail.' }),
      },
      {
        name: 'fleet',
        ok: status.workspaces.length > 0,
        finding: fleet || 'no fleet is in force',
        ...(fleet === '' ? { remedy: 'reeve apply DIR' } : {}),
      },
    ];
  } catch (error) {
    const explained = explainError(error);
    return [
      {
        name: 'server',
        ok: false,
        finding: explained?.message ?? (error as Error).message,
        ...(explained?.next === undefined ? {} : { remedy: explained.next }),
      },
    ];
  }
}

async function ledger(data: string): Promise<Check> {
  const dir = join(data, 'ledger');
  if (!existsSync(join(dir, 'checkpoint'))) return { name: 'ledger', ok: true, finding: 'no checkpoint yet' };
  const { verifyLedger } = await import('@reeve/server');
  const result = verifyLedger(dir);
  return result.ok
    ? { name: 'ledger', ok: true, finding: `${result.checkpoint.size} entries verify` }
    : {
        name: 'ledger',
        ok: false,
        finding: `${result.path}: ${result.why}`,
        remedy: 'Keep the directory as it is and compare it with a backup or a witness.',
      };
}
