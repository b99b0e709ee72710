import { type CedarJson, convertArgs, InexpressibleValue, toDecimal } from './convert-args.ts';
import { localTime } from './local-time.ts';
import type { PolicyContext } from './policy-request.ts';
import type { Reads } from './reads.ts';

type Converter = (context: PolicyContext, reads: Reads) => CedarJson | undefined;

/** How each attribute is made. Only those that the policies read are. */
const ATTRIBUTES: Readonly<Record<string, Converter>> = {
  args: (context, reads) => convertArgs(context.args, reads.args),
  effect: (context) => context.effect,
  amount: (context) => (context.amount === undefined ? undefined : toDecimal(context.amount, 'amount')),
  subject: (context) => wellFormed(context.subject, 'subject'),
  destination: (context) => wellFormed(context.destination, 'destination'),
  risk: (context) => riskOf(context.risk),
  labels: (context) => [...context.labels],
  run: (context) => context.run,
  autonomy: (context) => context.autonomy,
  hour: (context) => localTime(context.atMs, context.timeZone).hour,
  weekday: (context) => localTime(context.atMs, context.timeZone).weekday,
  delegation: (context) => [...context.delegation],
};

/** Attributes with few values: decisions that read no others are cached under them. */
export const KEYED_ATTRIBUTES = ['effect', 'autonomy', 'hour', 'weekday', 'risk', 'labels', 'delegation'] as const;

const ATTRIBUTE_NAMES = Object.keys(ATTRIBUTES);

/** @throws InexpressibleValue */
export function convertContext(context: PolicyContext, reads: Reads): { [key: string]: CedarJson } {
  const converted: { [key: string]: CedarJson } = {};
  for (const name of reads.whole ? ATTRIBUTE_NAMES : reads.attributes) {
    const value = ATTRIBUTES[name]?.(context, reads);
    if (value !== undefined) converted[name] = value;
  }
  return converted;
}

function riskOf(risk: number): number {
  if (Number.isFinite(risk)) return Math.ceil(risk);
  throw new InexpressibleValue('risk', 'must be a number');
}

function wellFormed(text: string | undefined, path: string): string | undefined {
  if (text === undefined || text.isWellFormed()) return text;
  throw new InexpressibleValue(path, 'must be well-formed Unicode');
}
