import { Command } from 'commander';
import { ago, call, say, show } from '../context.ts';

export function keysCommand(): Command {
  const command = new Command('keys').description('keys by which agents prove who they are');
  command
    .command('create')
    .description('make a key; it is shown once')
    .requiredOption('--agent <name>')
    .option('--expires-in <duration>', 'such as 24h or 90d')
    .option('--note <text>')
    .action(async (options: { agent: string; expiresIn?: string; note?: string }, self: Command) => {
      const reply = await call(self, 'keys.create', { body: options });
      say(
        self,
        reply,
        `${reply.key}\n\nKey ${reply.id} of agent ${reply.agent}, valid until ${reply.expiresAt}. It is not shown again.`,
      );
    });
  command
    .command('list', { isDefault: true })
    .description('keys, without their secrets')
    .option('--agent <name>')
    .action(async (options: { agent?: string }, self: Command) => {
      const reply = await call(self, 'keys.list', { query: options });
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'id', value: (row) => row.id },
          { title: 'agent', value: (row) => row.agent },
          {
            title: 'state',
            value: (row) =>
              row.revokedAt !== null ? 'revoked' : Date.parse(row.expiresAt) < Date.now() ? 'expired' : 'valid',
          },
          { title: 'expires', value: (row) => ago(row.expiresAt) },
          { title: 'last used', value: (row) => ago(row.lastUsedAt) },
          { title: 'flags', value: (row) => row.flags.join(', ') },
        ],
        'No keys yet: reeve keys create --agent NAME',
      );
    });
  command
    .command('rotate <id>')
    .description('make a successor; the old key stays valid for the overlap')
    .option('--overlap <duration>', 'default 24h')
    .option('--now', 'end the old key at once')
    .action(async (id: string, options: { overlap?: string; now?: boolean }, self: Command) => {
      const overlap = options.now === true ? '0m' : options.overlap;
      const reply = await call(self, 'keys.rotate', {
        params: { key: id },
        body: overlap === undefined ? {} : { overlap },
      });
      say(
        self,
        reply,
        `${reply.key}\n\nKey ${reply.id} of agent ${reply.agent}, valid until ${reply.expiresAt}. It is not shown again.`,
      );
    });
  command
    .command('revoke <id>')
    .description('end a key now, calls in flight too')
    .action(async (id: string, _options: unknown, self: Command) => {
      const reply = await call(self, 'keys.revoke', { params: { key: id } });
      say(self, reply, `Revoked ${reply.id}; ${reply.abortedInFlight} calls in flight ended.`);
    });
  return command;
}
