import { ReeveApiError } from '@reeve/sdk';
import { Command, CommanderError } from 'commander';
import { agentsCommand } from './commands/agents.ts';
import { auditCommand } from './commands/audit.ts';
import { budgetsCommand, costsCommand } from './commands/budgets.ts';
import { doctorCommand } from './commands/doctor.ts';
import { applyCommand, exportCommand, planCommand, rollbackCommand, versionsCommand } from './commands/fleet.ts';
import { keysCommand } from './commands/keys.ts';
import { guardrailsCommand, policyCommand } from './commands/policy.ts';
import { actionsCommand, runsCommand } from './commands/runs.ts';
import { startCommand } from './commands/start.ts';
import { killCommand, resumeCommand, stopsCommand } from './commands/stops.ts';
import { toolsCommand } from './commands/tools.ts';
import { whoCanCommand } from './commands/who-can.ts';
import { CliError } from './context.ts';
import { EXIT } from './exit-codes.ts';

export async function runCli(argv: readonly string[]): Promise<number> {
  const program = new Command('reeve')
    .description('A self-hosted control plane for AI agents.')
    .option('--json', 'machine-readable output')
    .option('--url <url>', 'server, default REEVE_URL or http://127.0.0.1:7373')
    .option('--data <dir>', 'data directory whose admin token is used, default .reeve')
    .option('--workspace <name>', 'tenant, default "default"')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
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
    program.addCommand(inheritExit(command));
  }
  try {
    await program.parseAsync(argv as string[], { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    return report(error);
  }
}

function inheritExit(command: Command): Command {
  command.exitOverride();
  for (const sub of command.commands) inheritExit(sub);
  return command;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CliError) {
    process.stderr.write(`reeve: ${error.message}\n`);
    return error.exitCode;
  }
  if (ReeveApiError.is(error)) {
    process.stderr.write(`reeve: ${error.message}${error.next === undefined ? '' : `\n  ${error.next}`}\n`);
    return EXIT.refused;
  }
  if (error instanceof TypeError && error.message === 'fetch failed') {
    process.stderr.write(
      'reeve: the server cannot be reached. Is it running? Start it with `npm start`, or set REEVE_URL.\n',
    );
    return EXIT.unreachable;
  }
  throw error;
}
