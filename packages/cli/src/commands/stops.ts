import type { StopTargetView } from '@reeve/contracts';
import { Command } from 'commander';
import { ago, CliError, call, say, show } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

const TARGET = 'agent NAME | run ID | tool NAME | credential ID | all';

export function killCommand(): Command {
  return new Command('kill')
    .description(`stop, calls in flight too: ${TARGET}`)
    .argument('<kind>')
    .argument('[name]')
    .option('--reason <text>', 'for the record')
    .action(async (kind: string, name: string | undefined, options: { reason?: string }, self: Command) => {
      const target = stopTarget(kind, name);
      const reply = await call(self, 'stops.order', {
        body: options.reason === undefined ? { target } : { target, reason: options.reason },
      });
      say(
        self,
        reply,
        `Stopped ${describe(target)} in ${reply.elapsedMs.toFixed(1)} ms; ${reply.abortedInFlight} calls in flight ended. Resume with: reeve resume ${kind} ${name ?? ''}`.trimEnd(),
      );
    });
}

export function resumeCommand(): Command {
  return new Command('resume')
    .description(`resume what was stopped: ${TARGET}`)
    .argument('<kind>')
    .argument('[name]')
    .action(async (kind: string, name: string | undefined, _options: unknown, self: Command) => {
      const target = stopTarget(kind, name);
      const reply = await call(self, 'stops.lift', { body: { target } });
      say(self, reply, `Resumed ${describe(target)}.`);
    });
}

export function stopsCommand(): Command {
  return new Command('stops').description('what is stopped').action(async (_options: unknown, self: Command) => {
    const reply = await call(self, 'stops.list');
    show(
      self,
      reply,
      reply.items,
      [
        { title: 'what', value: (row) => describe(row.target) },
        { title: 'since', value: (row) => ago(row.at) },
        { title: 'by', value: (row) => row.by },
        { title: 'reason', value: (row) => row.reason },
      ],
      'Nothing is stopped.',
    );
  });
}

function stopTarget(kind: string, name: string | undefined): StopTargetView {
  if (kind === 'all' && name === undefined) return { kind };
  if (name !== undefined) {
    if (kind === 'agent' || kind === 'tool') return { kind, name };
    if (kind === 'run' || kind === 'credential') return { kind, id: name };
  }
  throw new CliError(`say what: ${TARGET}`, EXIT.usage);
}

function describe(target: StopTargetView): string {
  if (target.kind === 'all') return 'everything';
  return `${target.kind} ${'name' in target ? target.name : target.id}`;
}
