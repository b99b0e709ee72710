import { createHash } from 'node:crypto';
import { durationMs, type RiskRules } from '@reeve/contracts';
import type { CelNode } from '../../lib/index.ts';
import { checkCondition } from './check-condition.ts';
import type { CheckContext, ObjectPath } from './check-context.ts';
import type { CompiledSignal, KeyPart } from './compiled-rules.ts';
import { kindsInWords, type ValueKind } from './domain.ts';
import { kindsOf } from './expression-kinds.ts';
import { neededPlaces, type Path } from './expression-reads.ts';
import { CALL_VARIABLES } from './vocabulary.ts';
import type { NamedWorld } from './worlds.ts';

type Signal = RiskRules['signals'][number];

const NEEDS_VALUE = new Set(['sum', 'distinct', 'first', 'last', 'min', 'max']);
const TAKES_NO_VALUE = new Set(['count', 'rate', 'first_seen']);
const NAMED_PARTS = ['agent', 'run', 'lineage', 'user', 'workspace', 'feature', 'session'] as const;
const ARGUMENT = /^args(\.[A-Za-z0-9_-]+)+$/;

export function compileSignal(context: CheckContext, signal: Signal, index: number): CompiledSignal | undefined {
  const at: ObjectPath = ['signals', index];
  const { name, aggregate, window } = signal;
  const on = typeof signal.on === 'string' ? [signal.on] : signal.on;
  for (const [i, pattern] of on.entries())
    context.checkPattern(pattern, typeof signal.on === 'string' ? [...at, 'on'] : [...at, 'on', i]);
  const worlds = context.worldsOf(on);
  const where =
    signal.where === undefined ? undefined : context.compile(signal.where, CALL_VARIABLES, [...at, 'where']);
  if (where !== undefined) checkCondition(context, where, worlds, [...at, 'where'], 'signal');
  const value = compileValue(context, signal, worlds, [...at, 'value']);
  const by = signal.by.map((part, i) => keyPart(context, part, worlds, [...at, 'by', i]));
  if (signal.where !== undefined && where === undefined) return undefined;
  if (signal.value !== undefined && value === undefined) return undefined;
  if (!isComplete(by)) return undefined;
  const ref = `${context.rules.name}/${name}`;
  const meaning = shortDigest({ on, where: signal.where ?? null, value: signal.value ?? null, by: signal.by });
  const definition = { id: `${ref}@${meaning}`, aggregate, windowMs: durationMs(window), valued: value !== undefined };
  return { name, ref, definition, on, where, value, by };
}

function isComplete(by: readonly (KeyPart | undefined)[]): by is readonly KeyPart[] {
  return by.every((part) => part !== undefined);
}

function compileValue(context: CheckContext, signal: Signal, worlds: readonly NamedWorld[], path: ObjectPath) {
  const { aggregate, value } = signal;
  if (value === undefined) {
    if (NEEDS_VALUE.has(aggregate))
      context.report(path.slice(0, -1), `${aggregate} needs a value, such as value: "args.amount"`);
    return undefined;
  }
  if (TAKES_NO_VALUE.has(aggregate)) {
    context.report(path, `${aggregate} counts calls and takes no value; leave it out, or use sum`);
    return undefined;
  }
  const program = context.compile(value, CALL_VARIABLES, path);
  if (program === undefined) return undefined;
  const wanted: ValueKind[] = aggregate === 'distinct' ? ['text', 'number', 'truth'] : ['number'];
  let mismatch: string | undefined;
  for (const world of worlds) {
    const fault = placeFault(program.tree, world) ?? misfit(kindsOf(program.tree, world), wanted);
    if (fault === undefined) return program;
    mismatch ??= fault;
  }
  if (mismatch !== undefined) context.report(path, `this signal can never have a value: ${mismatch}`);
  return program;
}

function misfit(kinds: ReadonlySet<ValueKind> | undefined, wanted: readonly ValueKind[]): string | undefined {
  if (kinds === undefined || wanted.some((kind) => kinds.has(kind))) return undefined;
  return `the expression gives ${kindsInWords(kinds)}, not ${kindsInWords(new Set(wanted.slice(0, 1)))}`;
}

/** Why an expression can never be computed for this tool. */
export function placeFault(tree: CelNode, world: NamedWorld): string | undefined {
  for (const read of neededPlaces(tree)) {
    const domain = world.domainOf(read);
    if ('missing' in domain) return domain.missing;
  }
  return undefined;
}

function keyPart(
  context: CheckContext,
  part: string,
  worlds: readonly NamedWorld[],
  path: ObjectPath,
): KeyPart | undefined {
  const named = NAMED_PARTS.find((candidate) => candidate === part);
  if (named !== undefined) return named;
  if (!ARGUMENT.test(part)) {
    context.report(path, `"${part}" is no key; use ${NAMED_PARTS.join(', ')}, or an argument such as args.vendor`);
    return undefined;
  }
  const argument: Path = part.split('.');
  const missing = worlds
    .map((world) => world.domainOf(argument))
    .map((domain) => ('missing' in domain ? domain.missing : ''));
  if (missing.length > 0 && missing.every((reason) => reason !== ''))
    context.report(path, `this signal can never have a key: ${missing[0]}`);
  return argument;
}

export function shortDigest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 10);
}
