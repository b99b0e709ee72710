// `npm run bench:flow`: recorded runs of agents, attacked and not, put to the code that traces values in the server. `--help` lists the options.

import { benchDataset } from './bench-dataset.ts';
import { benchRecording } from './bench-recording.ts';
import { HELP, readOptions } from './options.ts';

const USAGE_ERROR = 2;

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(HELP);
  else
    process.exitCode =
      options.runs === undefined ? await benchDataset(options) : await benchRecording(options, options.runs);
} catch (error) {
  process.stderr.write(`bench:flow: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = USAGE_ERROR;
}
