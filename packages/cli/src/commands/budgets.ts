import { Command } from 'commander';
import { ago, call, show } from '../context.ts';

export function budgetsCommand(): Command {
  return new Command('budgets')
    .description('caps with what is spent and reserved')
    .option('--agent <name>', 'only caps that bind this agent')
    .action(async (options: { agent?: string }, self: Command) => {
      const reply = await call(self, 'budgets.list', { query: options });
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'scope', value: (row) => row.scope },
          { title: 'per', value: (row) => row.per },
          { title: 'of', value: (row) => row.measure },
          { title: 'spent', value: (row) => row.spent, align: 'right' },
          { title: 'reserved', value: (row) => row.reserved, align: 'right' },
          { title: 'cap', value: (row) => row.cap, align: 'right' },
          { title: 'overrun', value: (row) => row.overrun, align: 'right' },
          { title: 'turns', value: (row) => ago(row.resetsAt) },
        ],
        'No caps are in use.',
      );
    });
}

export function costsCommand(): Command {
  return new Command('costs')
    .description('what was spent')
    .option('--by <what>', 'agent, feature, user, model or run', 'agent')
    .option('--since <time>', 'ISO time')
    .option('--until <time>', 'ISO time')
    .action(async (options: { by: 'agent'; since?: string; until?: string }, self: Command) => {
      const reply = await call(self, 'costs.list', { query: options });
      show(
        self,
        reply,
        reply.items,
        [
          { title: options.by, value: (row) => row.key },
          { title: 'calls', value: (row) => row.calls, align: 'right' },
          { title: 'input', value: (row) => row.inputTokens, align: 'right' },
          { title: 'output', value: (row) => row.outputTokens, align: 'right' },
          { title: 'usd', value: (row) => row.costUsd, align: 'right' },
        ],
        'Nothing was spent.',
      );
    });
}
