import { Command } from 'commander';
import { call, show } from '../context.ts';
import { policyBacktestCommand } from './policy-backtest.ts';
import { policyTestCommand } from './policy-test.ts';

export function policyCommand(): Command {
  const command = new Command('policy').description('what is permitted');
  command
    .command('list', { isDefault: true })
    .description('policies in force, base policies included')
    .action(async (_options: unknown, self: Command) => {
      const reply = await call(self, 'policies.list');
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'id', value: (row) => row.id },
          { title: 'effect', value: (row) => row.effect },
          { title: 'from', value: (row) => (row.base ? 'base' : row.file) },
          { title: 'policy', value: (row) => row.text.replaceAll(/\s+/g, ' ') },
        ],
        'No policies: everything is denied.',
      );
    });
  command.addCommand(policyTestCommand());
  command.addCommand(policyBacktestCommand());
  return command;
}

export function guardrailsCommand(): Command {
  const command = new Command('guardrails').description('content checks');
  command
    .command('list', { isDefault: true })
    .description('the catalogue of checks')
    .action(async (_options: unknown, self: Command) => {
      const reply = await call(self, 'guardrails.list');
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'check', value: (row) => row.check },
          { title: 'on', value: (row) => row.on.join(', ') },
          { title: 'what it finds', value: (row) => row.summary },
        ],
        'No checks.',
      );
    });
  return command;
}
