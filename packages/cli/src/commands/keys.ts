import { Command } from 'commander';
import { ago, call, say, show } from '../context.ts';

export function keysCommand(): Command {
  return new Command('keys')
    .description('keys by which agents prove who they are')
    .addCommand(createCommand())
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(rotateCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  return new Command('create')
    .description('make a key; it is shown once')
    .requiredOption('--agent <name>', 'whose key it is')
    .option('--expires-in <duration>', 'such as 24h or 30d, default 90d')
    .option('--note <text>', 'what it is for')
    .action(async (options: { agent: string; expiresIn?: string; note?: string }, self: Command) => {
      const reply = await call(self, 'keys.create', { body: options });
      say(self, reply, issued(reply));
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('keys, without their secrets')
    .option('--agent <name>', 'only keys of this agent')
    .action(async (options: { agent?: string }, self: Command) => {
      const reply = await call(self, 'keys.list', { query: options });
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'id', value: (row) => row.id },
          { title: 'agent', value: (row) => row.agent },
          { title: 'state', value: state },
          { title: 'expires', value: (row) => ago(row.expiresAt) },
          { title: 'last used', value: (row) => ago(row.lastUsedAt) },
          { title: 'flags', value: (row) => row.flags.join(', ') || null },
        ],
        'No keys yet: reeve keys create --agent NAME',
      );
    });
}

function rotateCommand(): Command {
  return new Command('rotate')
    .description('make a successor; the old key stays valid for the overlap')
    .argument('<id>')
    .option('--overlap <duration>', 'default 24h')
    .option('--now', 'end the old key at once')
    .action(async (id: string, options: { overlap?: string; now?: boolean }, self: Command) => {
      const overlap = options.now === true ? '0m' : options.overlap;
      const reply = await call(self, 'keys.rotate', {
        params: { key: id },
        body: overlap === undefined ? {} : { overlap },
      });
      say(self, reply, issued(reply));
    });
}

function revokeCommand(): Command {
  return new Command('revoke')
    .description('end a key now, calls in flight too')
    .argument('<id>')
    .action(async (id: string, _options: unknown, self: Command) => {
      const reply = await call(self, 'keys.revoke', { params: { key: id } });
      say(self, reply, `Revoked ${reply.id}; ${reply.abortedInFlight} calls in flight ended.`);
    });
}

function issued({ id, key, agent, expiresAt }: { id: string; key: string; agent: string; expiresAt: string }): string {
  return `${key}\n\nKey ${id} of agent ${agent}, valid until ${expiresAt}. It is not shown again.`;
}

function state({ revokedAt, expiresAt }: { revokedAt: string | null; expiresAt: string }): string {
  if (revokedAt !== null) return 'revoked';
  return Date.parse(expiresAt) < Date.now() ? 'expired' : 'valid';
}
