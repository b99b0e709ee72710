import { type ArgumentReads, type CedarType, newArgumentReads, type Reads } from './reads.ts';

/**
 * The schema for one policy. What it reads of `args` decides their types here, because arguments differ from tool to tool
 * (docs/decisions/0050-cedar-and-arguments.md); an attribute is optional where the policy asks whether it is there.
 */
export function schemaFor(reads: Reads): string {
  const mark = (name: string): string => (reads.tested.has(name) ? '?' : '');
  const context = `{
    args: ${recordType(reads.args)},
    effect: String,
    amount${mark('amount')}: decimal,
    subject${mark('subject')}: String,
    destination${mark('destination')}: String,
    risk: Long,
    labels: Set<String>,
    run: String,
    autonomy: String,
    hour: Long,
    weekday: String,
    delegation: Set<String>,
  }`;
  return `namespace Reeve {
  entity Agent;
  entity ToolServer;
  entity Tool in [ToolServer];
  entity Model;
  entity Peer;
  action call appliesTo { principal: [Agent], resource: [Tool], context: ${context} };
  action generate appliesTo { principal: [Agent], resource: [Model], context: ${context} };
  action message, start appliesTo { principal: [Agent], resource: [Peer], context: ${context} };
}`;
}

function recordType(args: ArgumentReads): string {
  const fields = [...args.fields].map(
    ([name, field]) => `${JSON.stringify(name)}${field.tested ? '?' : ''}: ${fieldType(field)}`,
  );
  return `{ ${fields.join(', ')} }`;
}

function fieldType(field: ArgumentReads): string {
  if (field.fields.size > 0) return recordType(field);
  return [...field.types][0] ?? 'String';
}

/** The one type that every policy asks of an argument, so that `10` can be handed over as the decimal it is meant to be. */
export function agreedType(field: ArgumentReads): CedarType | undefined {
  return field.types.size === 1 ? [...field.types][0] : undefined;
}

/** All that a set of policies reads, so that a request's arguments are converted once and only where they are read. */
export function mergeArgumentReads(all: readonly ArgumentReads[]): ArgumentReads {
  const merged = newArgumentReads();
  for (const reads of all) mergeInto(merged, reads);
  return merged;
}

function mergeInto(target: ArgumentReads, from: ArgumentReads): void {
  for (const type of from.types) target.types.add(type);
  target.tested ||= from.tested;
  target.whole ||= from.whole;
  for (const [name, field] of from.fields) {
    const known = target.fields.get(name) ?? newArgumentReads();
    target.fields.set(name, known);
    mergeInto(known, field);
  }
}
