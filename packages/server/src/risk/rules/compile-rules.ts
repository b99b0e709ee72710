import { durationMs, type RiskRules } from '@reeve/contracts';
import { didYouMean, type Fleet, type FleetProblem } from '../../registry/index.ts';
import { isTimeZone, type LocalClock } from '../schedules/local-minute.ts';
import { Schedules } from '../schedules/schedules.ts';
import { CheckContext } from './check-context.ts';
import { compileRule } from './compile-rule.ts';
import { compileSequence } from './compile-sequence.ts';
import { compileSignal } from './compile-signal.ts';
import type { CompiledOpinion, CompiledRules } from './compiled-rules.ts';
import type { Path } from './expression-reads.ts';
import { isModel, type KnownSchema, knownTools } from './known-tools.ts';
import { vocabularyOf } from './vocabulary.ts';
import { type SignalKeys, worldOfModels, worldOfTool } from './worlds.ts';

const TIME_WORDS = new Set(['hour', 'minute', 'weekday', 'date']);

export interface RulesCompilation {
  readonly compiled: CompiledRules;
  readonly problems: readonly FleetProblem[];
}

/** Everything that can be known to be wrong before a call is judged; of no use where there are problems. */
export function compileRules(fleet: Fleet, rules: RiskRules, clock: LocalClock, known: KnownSchema): RulesCompilation {
  const context = contextOf(fleet, rules, known);
  checkNames(context);
  checkSchedules(context);
  const compiled: CompiledRules = {
    name: rules.name,
    agents: rules.agents === undefined ? undefined : new Set(rules.agents),
    enforced: rules.mode === 'enforce',
    signals: rules.signals.flatMap((signal, i) => compileSignal(context, signal, i) ?? []),
    rules: rules.rules.flatMap((rule, i) => compileRule(context, rule, i) ?? []),
    sequences: rules.sequences.flatMap((sequence, i) => compileSequence(context, sequence, i) ?? []),
    schedules: new Schedules(clock, rules.schedules),
    thresholds: rules.thresholds,
    opinions: rules.secondOpinion.map((opinion, i) => compileOpinion(context, opinion, i)),
  };
  return { compiled, problems: context.problems };
}

function contextOf(fleet: Fleet, rules: RiskRules, known: KnownSchema): CheckContext {
  const vocabulary = vocabularyOf(fleet, rules);
  const tools = knownTools(fleet, known);
  const keys = signalKeys(rules);
  const worlds = [...tools.map((tool) => worldOfTool(vocabulary, keys, tool)), worldOfModels(vocabulary, keys)];
  return new CheckContext({ fleet, rules, vocabulary, tools, worlds });
}

function signalKeys({ signals }: RiskRules): SignalKeys {
  const keys = new Map<string, readonly Path[]>();
  for (const { name, by } of signals)
    keys.set(
      name,
      by.filter((part) => part.startsWith('args.')).map((part) => part.split('.')),
    );
  return keys;
}

function checkNames(context: CheckContext): void {
  const { rules, fleet } = context;
  for (const [i, name] of (rules.agents ?? []).entries())
    if (!fleet.agents.has(name))
      context.report(['agents', i], `there is no Agent "${name}"${didYouMean(name, fleet.agents.keys())}`);
  const ids = new Set<string>();
  const once = (id: string, path: readonly (string | number)[]) => {
    if (ids.has(id)) context.report(path, `"${id}" is there twice: ids of rules and sequences differ`);
    ids.add(id);
  };
  for (const [i, { id }] of rules.rules.entries()) once(id, ['rules', i, 'id']);
  for (const [i, { id }] of rules.sequences.entries()) once(id, ['sequences', i, 'id']);
  const names = new Set<string>();
  for (const [i, { name }] of rules.signals.entries()) {
    if (names.has(name)) context.report(['signals', i, 'name'], `the signal "${name}" is defined twice`);
    names.add(name);
  }
}

function checkSchedules(context: CheckContext): void {
  const names = new Set<string>(TIME_WORDS);
  for (const [i, { name, from, to, timeZone }] of context.rules.schedules.entries()) {
    const at = ['schedules', i] as const;
    if (TIME_WORDS.has(name)) context.report([...at, 'name'], `time.${name} is the clock's own; choose another name`);
    else if (names.has(name)) context.report([...at, 'name'], `the schedule "${name}" is defined twice`);
    names.add(name);
    if (from === to) context.report([...at, 'to'], 'it ends when it begins; for the whole day, from 00:00 to 24:00');
    if (timeZone !== undefined && !isTimeZone(timeZone))
      context.report([...at, 'timeZone'], `"${timeZone}" is no time zone; use an IANA name such as Europe/Berlin`);
  }
}

function compileOpinion(
  context: CheckContext,
  opinion: RiskRules['secondOpinion'][number],
  index: number,
): CompiledOpinion {
  const at = ['secondOpinion', index] as const;
  const { effects, tools, minRisk, model, instruction, timeout } = opinion;
  for (const [i, pattern] of (tools ?? []).entries()) context.checkPattern(pattern, [...at, 'tools', i]);
  if (!isModel(context.fleet, model))
    context.report([...at, 'model'], `there is no Model "${model}"${didYouMean(model, context.fleet.models.keys())}`);
  return {
    ref: `${context.rules.name}/second-opinion${index === 0 ? '' : `-${index + 1}`}`,
    effects: effects === undefined ? undefined : new Set(effects),
    tools,
    minRisk,
    model,
    instruction,
    timeoutMs: durationMs(timeout),
    enforced: context.rules.mode === 'enforce',
  };
}
