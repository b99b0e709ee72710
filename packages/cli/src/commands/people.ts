import type { PersonRole } from '@reeve/contracts';
import { Command, Option } from 'commander';
import { ago, call, say, show } from '../context.ts';

export function peopleCommand(): Command {
  const token = new Command('token')
    .description('tokens by which people use the control API')
    .addCommand(createCommand())
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(revokeCommand());
  return new Command('people').description('people who may look or decide').addCommand(token);
}

interface CreateOptions {
  readonly email: string;
  readonly role: PersonRole;
  readonly expiresIn?: string;
  readonly note?: string;
}

function createCommand(): Command {
  return new Command('create')
    .description('make a token for a person; it is shown once')
    .requiredOption('--email <address>', 'whose it is')
    .addOption(
      new Option('--role <role>', 'what they may do').choices(['viewer', 'approver', 'operator']).makeOptionMandatory(),
    )
    .option('--expires-in <duration>', 'such as 24h or 30d, default 90d')
    .option('--note <text>', 'what it is for')
    .action(async (options: CreateOptions, self: Command) => {
      const reply = await call(self, 'tokens.create', { body: options });
      const { id, token, email, role, expiresAt } = reply;
      say(
        self,
        { id, token, person: reply.person, email, role, expiresAt },
        `${token}\n\nToken ${id} of ${email}, ${role}, valid until ${expiresAt}. It is not shown again; they set it as REEVE_TOKEN.`,
      );
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('tokens, without their secrets')
    .action(async (_options: unknown, self: Command) => {
      const reply = await call(self, 'tokens.list');
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'token', value: (row) => row.id },
          { title: 'person', value: (row) => row.email },
          { title: 'role', value: (row) => row.role },
          { title: 'expires', value: (row) => (row.revokedAt === null ? ago(row.expiresAt) : 'revoked') },
          { title: 'note', value: (row) => row.note },
        ],
        'No tokens yet: reeve people token create --email ADDRESS --role approver',
      );
    });
}

function revokeCommand(): Command {
  return new Command('revoke')
    .description('end a token now')
    .argument('<token>')
    .action(async (token: string, _options: unknown, self: Command) => {
      const reply = await call(self, 'tokens.revoke', { params: { token } });
      say(self, reply, `Revoked ${reply.id}.`);
    });
}
