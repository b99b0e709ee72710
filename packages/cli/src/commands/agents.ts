import { Command } from 'commander';
import { ago, call, print, say, show } from '../context.ts';

export function agentsCommand(): Command {
  const command = new Command('agents').description('agents in the fleet');
  command
    .command('list', { isDefault: true })
    .description('agents of the version in force')
    .option('--owner <email>')
    .option('--state <state>')
    .option('--risk <risk>')
    .option('--search <text>')
    .option('--limit <n>', 'rows', '100')
    .action(async (options: Record<string, string>, self: Command) => {
      const reply = await call(self, 'agents.list', { query: options });
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'name', value: (row) => row.name },
          { title: 'owner', value: (row) => row.owner },
          { title: 'risk', value: (row) => row.risk },
          { title: 'autonomy', value: (row) => row.autonomy },
          { title: 'state', value: (row) => (row.stopped ? 'stopped' : row.state) },
          { title: 'purpose', value: (row) => row.purpose },
        ],
        'No agents yet. Write one as YAML, then: reeve apply DIR',
      );
    });
  command
    .command('show <name>')
    .description('one agent, every field')
    .action(async (name: string, _options: unknown, self: Command) => {
      const reply = await call(self, 'agents.get', { params: { agent: name } });
      say(
        self,
        reply,
        Object.entries(reply)
          .map(
            ([key, value]) =>
              `${key.padEnd(15)} ${Array.isArray(value) ? value.map(inline).join(', ') : inline(value)}`,
          )
          .join('\n'),
      );
    });
  command
    .command('shadow')
    .description('callers that nobody registered')
    .action(async (_options: unknown, self: Command) => {
      const reply = await call(self, 'shadows.list');
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'fingerprint', value: (row) => row.fingerprint },
          { title: 'why', value: (row) => row.reason },
          { title: 'count', value: (row) => row.count, align: 'right' },
          { title: 'last seen', value: (row) => ago(row.lastSeen) },
          { title: 'path', value: (row) => row.path },
          { title: 'client', value: (row) => row.userAgent },
          { title: 'from', value: (row) => row.remoteAddress },
        ],
        'No shadow agents: every caller so far was registered.',
      );
      if (reply.next !== null) print('There are more: use --json and the cursor.');
    });
  return command;
}

function inline(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'object' ? Object.values(value).join(' ') : String(value);
}
