import { Command } from 'commander';
import { ago, CliError, call, say, show } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { outcome, seenDigest } from '../seen-approval.ts';

interface GrantOptions {
  readonly for: string;
  readonly maxUses: string;
  readonly any?: boolean;
  readonly arg?: readonly string[];
  readonly maxAmount?: string;
  readonly flow?: boolean;
  readonly digest?: string;
  readonly reason?: string;
}

export function grantCommand(): Command {
  return new Command('grant')
    .description('let it pass, and calls like it for a bounded time')
    .argument('<approval>')
    .requiredOption('--for <duration>', 'such as 30m, 8h or 7d; at most 30d')
    .option('--max-uses <n>', 'how many calls', '10')
    .option('--any', 'whatever the arguments; default: the same arguments')
    .option('--arg <path=value...>', 'arguments that must be as they are, such as args.to=acme; the rest may differ')
    .option('--max-amount <n>', 'default: the amount of this call, where it has one')
    .option('--flow', 'also what is held because of where its values came from')
    .option('--digest <digest>', 'what `show` printed')
    .option('--reason <text>', 'for the record')
    .action(async (approval: string, options: GrantOptions, self: Command) => {
      const args =
        options.any === true ? ('any' as const) : options.arg === undefined ? ('same' as const) : equal(options.arg);
      const digest = await seenDigest(self, approval, options.digest);
      const reply = await call(self, 'approvals.grant', {
        params: { approval },
        body: {
          digest,
          for: options.for,
          maxUses: Number(options.maxUses),
          args,
          flow: options.flow === true,
          ...(options.maxAmount === undefined ? {} : { maxAmount: Number(options.maxAmount) }),
          ...(options.reason === undefined ? {} : { reason: options.reason }),
        },
      });
      say(self, reply, `${outcome(reply)} Calls like it pass for ${options.for}: reeve approvals grants.`);
    });
}

export function grantsCommand(): Command {
  const command = new Command('grants').description('standing approvals');
  command
    .command('list', { isDefault: true })
    .description('newest first')
    .action(async (_options: unknown, self: Command) => {
      const reply = await call(self, 'grants.list');
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'grant', value: (row) => row.id },
          { title: 'agent', value: (row) => row.agent },
          { title: 'tool', value: (row) => row.tool },
          { title: 'arguments', value: (row) => (row.args === 'some' ? row.paths.join(', ') : row.args) },
          { title: 'up to', value: (row) => row.maxAmount, align: 'right' },
          { title: 'used', value: (row) => `${row.used}/${row.maxUses}`, align: 'right' },
          { title: 'ends', value: (row) => (row.revokedAt === null ? ago(row.until) : 'revoked') },
          { title: 'by', value: (row) => row.by },
        ],
        'No grants.',
      );
    });
  command
    .command('revoke <grant>')
    .description('end it now')
    .action(async (grant: string, _options: unknown, self: Command) => {
      const reply = await call(self, 'grants.revoke', { params: { grant } });
      say(self, reply, `Revoked ${reply.id}.`);
    });
  return command;
}

/** `args.to=acme`; a value that is JSON counts as that, so that numbers stay numbers. */
function equal(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CliError(`${JSON.stringify(pair)} is not path=value such as args.to=acme`, EXIT.usage);
      return [pair.slice(0, at), jsonOrText(pair.slice(at + 1))];
    }),
  );
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
