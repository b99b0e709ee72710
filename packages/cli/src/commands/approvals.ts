import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ago, CliError, call, say, show } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { renderApproval } from '../render/approval.ts';
import { outcome, seenDigest } from '../seen-approval.ts';
import { grantCommand, grantsCommand } from './grants.ts';
import { watchCommand } from './watch-approvals.ts';

export function approvalsCommand(): Command {
  return new Command('approvals')
    .description('actions that wait for people')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(approveCommand())
    .addCommand(denyCommand())
    .addCommand(grantCommand())
    .addCommand(grantsCommand())
    .addCommand(watchCommand())
    .addCommand(loadCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('what waits; with --all, also what was decided')
    .option('--all', 'in every state')
    .option('--state <state>', 'pending, approved, denied, expired, used or withdrawn')
    .option('--agent <name>', 'only calls of this agent')
    .option('--tool <name>', 'only calls of this tool')
    .option('--run <run>', 'only calls of this run, by id or name')
    .option('--limit <n>', 'rows', '50')
    .action(async (options: Record<string, string | boolean>, self: Command) => {
      const { all, ...query } = options;
      if (all !== true) query.state ??= 'pending';
      const reply = await call(self, 'approvals.list', { query });
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'approval', value: (row) => row.id },
          { title: 'state', value: (row) => row.state },
          { title: 'agent', value: (row) => row.agent },
          { title: 'would call', value: (row) => row.tool },
          { title: 'amount', value: (row) => row.amount, align: 'right' },
          { title: 'risk', value: (row) => row.risk, align: 'right' },
          { title: 'calls', value: (row) => row.requests, align: 'right' },
          { title: 'agreed', value: (row) => `${row.approved}/${row.quorum}` },
          { title: 'asked', value: (row) => ago(row.requestedAt) },
          { title: 'runs out', value: (row) => ago(row.expiresAt) },
        ],
        all === true ? 'Nothing has waited for people yet.' : 'Nothing waits for people.',
      );
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('everything that one needs to decide')
    .argument('<approval>')
    .action(async (approval: string, _options: unknown, self: Command) => {
      const reply = await call(self, 'approvals.get', { params: { approval } });
      say(self, reply, renderApproval(reply));
    });
}

interface ApproveOptions {
  readonly digest?: string;
  readonly args?: string;
  readonly argsFile?: string;
  readonly count?: string;
  readonly reason?: string;
}

function approveCommand(): Command {
  return new Command('approve')
    .description('let it pass, once; on a terminal it is shown first')
    .argument('<approval>')
    .option('--digest <digest>', 'what `show` printed: approves exactly that')
    .option('--args <json>', 'arguments to execute in the place of the proposed ones')
    .option('--args-file <file>', 'the same, from a file')
    .option('--count <n>', 'how many of its equal calls may pass, default 1')
    .option('--reason <text>', 'for the record')
    .action(async (approval: string, options: ApproveOptions, self: Command) => {
      const args = editedArguments(options);
      const digest = await seenDigest(self, approval, options.digest);
      const reply = await call(self, 'approvals.approve', {
        params: { approval },
        body: {
          digest,
          ...(args === undefined ? {} : { args }),
          ...(options.count === undefined ? {} : { count: Number(options.count) }),
          ...(options.reason === undefined ? {} : { reason: options.reason }),
        },
      });
      say(self, reply, outcome(reply));
    });
}

function denyCommand(): Command {
  return new Command('deny')
    .description('refuse it; the agent is told why')
    .argument('<approval>')
    .requiredOption('--reason <text>', 'why not')
    .action(async (approval: string, { reason }: { reason: string }, self: Command) => {
      const reply = await call(self, 'approvals.deny', { params: { approval }, body: { reason } });
      say(self, reply, outcome(reply));
    });
}

function loadCommand(): Command {
  return new Command('load')
    .description('how much people are asked, and how long it takes them')
    .option('--since <time>', 'ISO time, default the last 30 days')
    .action(async (options: { since?: string }, self: Command) => {
      const reply = await call(self, 'approvals.metrics', { query: options });
      show(
        self,
        { ...reply, next: null },
        [...reply.items.slice(0, 50), reply.total],
        [
          { title: 'agent', value: (row) => row.agent ?? 'all' },
          { title: 'tool', value: (row) => row.tool ?? 'all' },
          { title: 'calls', value: (row) => row.actions, align: 'right' },
          { title: 'asked', value: (row) => row.held, align: 'right' },
          { title: 'per 100', value: (row) => row.heldPer100, align: 'right' },
          {
            title: 'median wait',
            value: (row) => (row.medianWaitSeconds === null ? null : `${row.medianWaitSeconds} s`),
            align: 'right',
          },
        ],
        'No tool was called yet.',
      );
    });
}

function editedArguments({ args, argsFile }: ApproveOptions): Record<string, unknown> | undefined {
  const text = args ?? (argsFile === undefined ? undefined : readFileSync(argsFile, 'utf8'));
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // The message below says what would be right.
  }
  throw new CliError('arguments are a JSON object such as {"amount": 5}', EXIT.usage);
}
