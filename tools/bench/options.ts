import { parseArgs } from 'node:util';
import { ARM_NAMES, type ArmName } from './arms/arm.ts';

export const MEASURES = [
  'throughput',
  'latency',
  'mcp',
  'should',
  'streams',
  'decision',
  'ledger',
  'memory',
  'start',
] as const;
export type MeasureName = (typeof MEASURES)[number];

export interface Options {
  readonly arms: readonly ArmName[];
  readonly measures: readonly MeasureName[];
  readonly json: boolean;
  readonly quick: boolean;
  readonly full: boolean;
}

export const HELP = `npm run bench -- [options]
  --only a,b      arms: ${ARM_NAMES.join(', ')}
  --measure a,b   measures: ${MEASURES.join(', ')}
  --quick         at most two minutes, coarse figures
  --full          a million calls for the memory figure
  --json          nothing but the figures, as JSON
`;

/** Throws with what would be right. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      measure: { type: 'string' },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const arms = oneOf('--only', values.only, ARM_NAMES);
  return {
    arms,
    measures: oneOf('--measure', values.measure, MEASURES),
    json: values.json,
    quick: values.quick,
    full: values.full,
  };
}

function oneOf<T extends string>(flag: string, text: string | undefined, allowed: readonly T[]): readonly T[] {
  if (text === undefined) return allowed;
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !(allowed as readonly string[]).includes(name));
  if (wrong !== undefined) throw new Error(`${flag} takes ${allowed.join(', ')}, not "${wrong}"`);
  return allowed.filter((name) => names.includes(name));
}
