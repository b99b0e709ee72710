import { Command } from 'commander';
import { call, say, show } from '../context.ts';

export function toolsCommand(): Command {
  const command = new Command('tools').description('tools, their effects and pinned definitions');
  command
    .command('list', { isDefault: true })
    .description('tools that the fleet declares')
    .option('--server <name>', 'only the tools of this server')
    .option('--effect <effect>', 'only tools with this effect')
    .action(async (options: { server?: string; effect?: string }, self: Command) => {
      const reply = await call(self, 'tools.list', { query: options });
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'tool', value: (row) => row.name },
          { title: 'effect', value: (row) => row.effect },
          { title: 'reversible', value: (row) => (row.effect === 'read' ? null : row.reversible) },
          { title: 'trust', value: (row) => row.trust },
          { title: 'usd a call', value: (row) => row.costUsd, align: 'right' },
        ],
        'The fleet declares no tools.',
      );
    });
  command
    .command('review')
    .description('definitions that are new or have changed')
    .action(async (_options: unknown, self: Command) => {
      const reply = await call(self, 'tools.review');
      const lines = reply.items.map(
        (row) =>
          `${row.name} (${row.state})\n${row.changes.map((change) => `    ${JSON.stringify(change)}`).join('\n')}\n  approve: reeve tools approve ${row.name} --hash ${row.seenHash}`,
      );
      say(self, reply, lines.length === 0 ? 'Nothing waits for review.' : lines.join('\n'));
    });
  command
    .command('approve <tool>')
    .description('approve the definition that it has now')
    .requiredOption('--hash <hash>', 'the hash that `review` showed')
    .action(async (tool: string, options: { hash: string }, self: Command) => {
      const reply = await call(self, 'tools.approve', { body: { tool, seenHash: options.hash } });
      say(self, reply, `${reply.name} is approved as ${reply.approvedHash}.`);
    });
  return command;
}
