import { Command } from 'commander';
import { ago, call, say, show } from '../context.ts';

export function agentsCommand(): Command {
  return new Command('agents')
    .description('agents in the fleet')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(shadowCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('agents of the version in force')
    .option('--owner <email>', 'only agents of this owner')
    .option('--state <state>', 'only agents in this state, such as active')
    .option('--risk <risk>', 'only agents of this risk: low, medium, high, critical')
    .option('--search <text>', 'only agents with this in their name or purpose')
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
          { title: 'trifecta', value: (row) => trifecta(row.trifecta) },
          { title: 'purpose', value: (row) => row.purpose },
        ],
        'No agents fit. An agent is written as YAML, then: reeve apply DIR',
      );
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('one agent, every field')
    .argument('<name>')
    .action(async (name: string, _options: unknown, self: Command) => {
      const reply = await call(self, 'agents.get', { params: { agent: name } });
      const { trifecta: parts, ...rest } = reply;
      const all = { ...rest, trifecta: trifecta(parts) || '-', ...named(parts) };
      const lines = Object.entries(all).map(([key, value]) => `${key.padEnd(15)} ${field(value)}`.trimEnd());
      say(self, reply, lines.join('\n'));
    });
}

function shadowCommand(): Command {
  return new Command('shadow')
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
    });
}

const PARTS = { privateData: 'private', untrustedContent: 'untrusted', externalCommunication: 'outward' } as const;

/** Which of the three it has: all of them is what one should know. */
function trifecta(found: Record<keyof typeof PARTS, readonly string[]> & { readonly complete: boolean }): string {
  if (found.complete) return 'ALL THREE';
  const has = (['privateData', 'untrustedContent', 'externalCommunication'] as const).filter(
    (part) => found[part].length > 0,
  );
  return has.map((part) => PARTS[part]).join(' + ');
}

function named({
  privateData,
  untrustedContent,
  externalCommunication,
}: Record<keyof typeof PARTS, readonly string[]>) {
  return { '  private': privateData, '  untrusted': untrustedContent, '  outward': externalCommunication };
}

function field(value: unknown): string {
  return Array.isArray(value) ? value.map(inline).join(', ') || '-' : inline(value);
}

function inline(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'object' ? Object.values(value).join(' ') : String(value);
}
