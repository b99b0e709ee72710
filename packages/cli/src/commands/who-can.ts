import { EFFECTS } from '@reeve/contracts';
import { Command } from 'commander';
import { CliError, call, show } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

export function whoCanCommand(): Command {
  return new Command('who-can')
    .description('which agents can do this, with the conditions left over')
    .argument('<what>', `an effect (${EFFECTS.join(', ')}) or a tool (server.tool)`)
    .option('--all', 'also agents that cannot')
    .action(async (what: string, options: { all?: boolean }, self: Command) => {
      const isEffect = (EFFECTS as readonly string[]).includes(what);
      if (!isEffect && !what.includes('.'))
        throw new CliError(`${what} is no effect (${EFFECTS.join(', ')}), nor a tool (server.tool)`, EXIT.usage);
      const reply = await call(self, 'whoCan.query', { query: isEffect ? { effect: what } : { tool: what } });
      const rows = options.all === true ? reply.items : reply.items.filter((row) => row.verdict !== 'no');
      show(
        self,
        reply,
        rows,
        [
          { title: 'agent', value: (row) => row.agent },
          { title: 'resource', value: (row) => row.resource },
          { title: 'effect', value: (row) => row.effect },
          { title: 'can', value: (row) => row.verdict },
          { title: 'by', value: (row) => row.permits.join(', ') || null },
          { title: 'when', value: (row) => row.words.join(' and ') || row.conditions.join(' and ') },
        ],
        `No agent can ${isEffect ? '' : 'call '}${what}.`,
      );
    });
}
