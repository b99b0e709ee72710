import { Command } from 'commander';
import { ago, call, say, show } from '../context.ts';
import { renderRun } from '../render/run-tree.ts';

export function runsCommand(): Command {
  const command = new Command('runs').description('what agents did');
  command
    .command('list', { isDefault: true })
    .description('runs, newest first')
    .option('--agent <name>', 'only runs of this agent')
    .option('--since <time>', 'ISO time')
    .option('--limit <n>', 'rows', '50')
    .action(async (options: Record<string, string>, self: Command) => {
      const reply = await call(self, 'runs.list', { query: options });
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'run', value: (row) => row.name },
          { title: 'agent', value: (row) => row.agent },
          { title: 'started', value: (row) => ago(row.startedAt) },
          { title: 'actions', value: (row) => row.actions, align: 'right' },
          { title: 'refused', value: (row) => row.refused, align: 'right' },
          { title: 'usd', value: (row) => row.costUsd, align: 'right' },
        ],
        'No runs yet.',
      );
    });
  command
    .command('show <run>')
    .description('a run by id or name, with the whole lineage below it')
    .action(async (run: string, _options: unknown, self: Command) => {
      const reply = await call(self, 'runs.get', { params: { run } });
      say(self, reply, renderRun(reply));
    });
  return command;
}

export function actionsCommand(): Command {
  const command = new Command('actions').description('single actions');
  command
    .command('list', { isDefault: true })
    .description('actions, newest first')
    .option('--agent <name>', 'only actions of this agent')
    .option('--run <run>', 'only actions of this run, by id or name')
    .option('--outcome <outcome>', 'only those that ended so, such as denied')
    .option('--target <name>', 'only calls of this tool or model')
    .option('--side-effect <id>', 'the action behind an id that an upstream gave out')
    .option('--limit <n>', 'rows', '50')
    .action(async (options: Record<string, string>, self: Command) => {
      const reply = await call(self, 'actions.list', { query: options });
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'action', value: (row) => row.id },
          { title: 'agent', value: (row) => row.agent },
          { title: 'target', value: (row) => row.target },
          { title: 'outcome', value: (row) => row.outcome },
          { title: 'code', value: (row) => row.code },
          { title: 'when', value: (row) => ago(row.startedAt) },
          { title: 'usd', value: (row) => row.costUsd, align: 'right' },
        ],
        'No actions fit.',
      );
    });
  command
    .command('show <action>')
    .description('one action, every field')
    .option('--payloads', 'with request and reply while they are kept')
    .action(async (action: string, options: { payloads?: boolean }, self: Command) => {
      const reply = await call(self, 'actions.get', {
        params: { action },
        query: { payloads: options.payloads === true ? 'true' : 'false' },
      });
      say(self, reply, JSON.stringify(reply, null, 2));
    });
  return command;
}
