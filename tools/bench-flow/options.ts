import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export interface Options {
  readonly data: string;
  readonly runs: string | undefined;
  readonly labels: readonly string[];
  readonly groundTruth: string | undefined;
  readonly json: boolean;
  readonly variants: boolean;
  /** Every how manyth run is taken; 1 is all. */
  readonly sample: number;
  /** Where to write what was held, line by line, for looking at misses. */
  readonly held: string | undefined;
}

export const HELP = `npm run bench:flow -- [options]
  --data DIR           the datasets (default: REEVE_DATASETS, else ../shared/datasets beside the repository)
  --variants           also the variants with other values, other spellings, and values split over results
  --json               nothing but the figures, as JSON
  --sample N           every Nth run only, for a quick look
  --held FILE          writes misses and benign holds there, a line each

  --runs FILE          another recording, .jsonl or .jsonl.gz, in the dataset's format
  --labels FILE        its tools, as ToolServer objects; may be given more than once
  --ground-truth FILE  what its attacks wanted, as in the dataset
`;

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Throws with what would be right. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      runs: { type: 'string' },
      labels: { type: 'string', multiple: true },
      'ground-truth': { type: 'string' },
      json: { type: 'boolean', default: false },
      variants: { type: 'boolean', default: false },
      sample: { type: 'string', default: '1' },
      held: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const sample = Number(values.sample);
  if (!Number.isInteger(sample) || sample < 1) throw new Error('--sample takes a whole number from 1');
  if (values.runs === undefined && (values.labels !== undefined || values['ground-truth'] !== undefined))
    throw new Error('--labels and --ground-truth belong to --runs');
  for (const file of [values.runs, ...(values.labels ?? []), values['ground-truth']])
    if (file !== undefined && !existsSync(file)) throw new Error(`there is no file ${file}`);
  return {
    data: values.data ?? process.env.REEVE_DATASETS ?? join(REPOSITORY, '..', 'shared', 'datasets'),
    runs: values.runs,
    labels: values.labels ?? [],
    groundTruth: values['ground-truth'],
    json: values.json,
    variants: values.variants,
    sample,
    held: values.held,
  };
}
