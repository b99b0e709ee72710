import { Command, Option } from 'commander';
import { CliError } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** The server's options are declared once, in the server; this command only passes them on. */
export function startCommand(): Command {
  return new Command('start')
    .description('run the control plane')
    .allowUnknownOption()
    .allowExcessArguments()
    .addOption(new Option('--fleet <dir>', 'fleet directory applied at start'))
    .addOption(new Option('--host <address>', 'address to listen on, default 127.0.0.1'))
    .addOption(new Option('--port <n>', 'port to listen on, default 7373; 0 takes a free one'))
    .addHelpText('after', '\nMore options: docs/reference/config.md. They are written --name value.')
    .action(async (_options: unknown, self: Command) => {
      const { serve } = await import('@reeve/server');
      const { data, ...flags } = { ...self.optsWithGlobals<Record<string, string>>(), ...looseFlags(self.args) };
      for (const name of ['json', 'url', 'workspace']) delete flags[name];
      await serve({ ...flags, ...(data === undefined ? {} : { data }) });
    });
}

function looseFlags(args: readonly string[]): Record<string, string> {
  const flags: Record<string, string> = {};
  for (let i = 0; i < args.length; i += 2) {
    const [name, value] = [args[i], args[i + 1]];
    if (name === undefined || !name.startsWith('--') || value === undefined) {
      throw new CliError(`${name} is not an option of start; options are written --name value`, EXIT.usage);
    }
    flags[name.slice(2)] = value;
  }
  return flags;
}
