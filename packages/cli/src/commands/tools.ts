import { Command } from 'commander';
import { call, print, say, show } from '../context.ts';

export function toolsCommand(): Command {
  const command = new Command('tools').description('tools, their effects and pinned definitions');
  command
    .command('list', { isDefault: true })
    .option('--server <name>')
    .option('--state <state>', 'pinned, drifted, awaiting-review or unseen')
    .action(async (options: { server?: string; state?: string }, self: Command) => {
      const reply = await call(self, 'tools.list', { query: options });
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'tool', value: (row) => row.name },
          { title: 'effect', value: (row) => (row.declared ? row.effect : `${row.effect} (undeclared)`) },
          { title: 'definition', value: (row) => row.state },
          { title: 'warnings', value: (row) => row.warnings.join('; ') },
          { title: 'description', value: (row) => row.description },
        ],
        'No tools known yet: they appear when a server is first asked for its list.',
      );
    });
  command
    .command('review [tool]')
    .description('definitions that are new or have changed, with both texts')
    .action(async (tool: string | undefined, _options: unknown, self: Command) => {
      const reply = await call(self, 'tools.list');
      const waiting = reply.items.filter((row) =>
        tool === undefined ? row.state === 'drifted' || row.state === 'awaiting-review' : row.name === tool,
      );
      if (waiting.length === 0) return say(self, waiting, 'Nothing waits for review.');
      for (const row of waiting) {
        print(
          `${row.name} (${row.state})\n  pinned:  ${JSON.stringify(row.pinnedDefinition)}\n  present: ${JSON.stringify(row.presentDefinition)}\n  approve: reeve tools approve ${row.name} --digest ${row.digest}`,
        );
      }
    });
  command
    .command('approve <tool>')
    .description('pin the present definition')
    .requiredOption('--digest <digest>', 'the digest that `review` showed')
    .action(async (tool: string, options: { digest: string }, self: Command) => {
      const reply = await call(self, 'tools.approve', { params: { tool }, body: options });
      say(self, reply, `${reply.name} is pinned to ${reply.digest}.`);
    });
  return command;
}
