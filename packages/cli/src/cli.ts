import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { agentsCommand } from './commands/agents.ts';
import { approvalsCommand } from './commands/approvals.ts';
import { auditCommand } from './commands/audit.ts';
import { budgetsCommand, costsCommand } from './commands/budgets.ts';
import { doctorCommand } from './commands/doctor.ts';
import { applyCommand, exportCommand, planCommand, rollbackCommand, versionsCommand } from './commands/fleet.ts';
import { keysCommand } from './commands/keys.ts';
import { peopleCommand } from './commands/people.ts';
import { guardrailsCommand, policyCommand } from './commands/policy.ts';
import { actionsCommand, runsCommand } from './commands/runs.ts';
import { startCommand } from './commands/start.ts';
import { killCommand, resumeCommand, stopsCommand } from './commands/stops.ts';
import { toolsCommand } from './commands/tools.ts';
import { whoCanCommand } from './commands/who-can.ts';
import { EXIT } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { cleanLines } from './render/table.ts';

export async function runCli(argv: readonly string[]): Promise<number> {
  const program = new Command('reeve')
    .description('A self-hosted control plane for AI agents.')
    .option('--json', 'machine-readable output')
    .option('--url <url>', 'server, default REEVE_URL or http://127.0.0.1:7373')
    .option('--data <dir>', 'data directory whose admin token is used, default .reeve')
    .option('--workspace <name>', 'tenant, default "default"')
    .version(version());
  inheritSettings(program);
  for (const command of [
    startCommand(),
    planCommand(),
    applyCommand(),
    exportCommand(),
    versionsCommand(),
    rollbackCommand(),
    agentsCommand(),
    keysCommand(),
    toolsCommand(),
    approvalsCommand(),
    peopleCommand(),
    whoCanCommand(),
    policyCommand(),
    guardrailsCommand(),
    runsCommand(),
    actionsCommand(),
    budgetsCommand(),
    costsCommand(),
    killCommand(),
    resumeCommand(),
    stopsCommand(),
    auditCommand(),
    doctorCommand(),
  ]) {
    program.addCommand(inheritSettings(command));
  }
  try {
    await program.parseAsync(argv as string[], { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    return report(error);
  }
}

const HELP = { showGlobalOptions: true };

function inheritSettings(command: Command): Command {
  command.configureHelp(HELP).exitOverride();
  for (const sub of command.commands) inheritSettings(sub);
  return command;
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function report(error: unknown): number {
  const explained = explainError(error);
  if (explained === undefined) throw error;
  const { exitCode, message, next } = explained;
  // A server quotes what callers sent.
  const lines = `reeve: ${message}${next === undefined ? '' : `\n  ${next}`}\n`;
  if (message !== undefined) process.stderr.write(cleanLines(lines));
  return exitCode;
}
