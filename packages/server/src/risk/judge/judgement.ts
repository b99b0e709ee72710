import type { RiskFacts } from '../risk-assessor.ts';
import type { CompiledSignal } from '../rules/compiled-rules.ts';
import { eventsOf, type Link } from '../sequences/chain.ts';
import type { OpenMatches, SequenceRef } from '../sequences/sequence-book.ts';
import type { SignalEvent, SignalReader, SignalRef } from '../signals/signals.ts';
import { failure, holds, Unknowable } from './evaluate.ts';
import type { PlannedRules, PlannedSequence } from './plan.ts';
import { bounded, scalarText, signalKey } from './signal-keys.ts';
import type { Spoken, Untold } from './spoken.ts';
import { type Variables, variablesOf } from './variables.ts';

interface Reading extends SignalRef {
  readonly name: string;
}

interface Judged {
  readonly planned: PlannedRules;
  readonly variables: Variables;
  readonly readings: readonly Reading[];
}

interface Candidate extends SequenceRef {
  readonly planned: PlannedSequence;
  readonly steps: readonly number[];
}

/**
 * One action before its rules. Made in two turns: first all that needs no history (which keys, which steps), then, once those are in
 * memory, everything else without a pause, so that no other action comes between what is read and what is counted.
 */
export class Judgement {
  readonly facts: RiskFacts;
  readonly spoken: Spoken[] = [];
  readonly untold: Untold[] = [];
  /** What the action adds to signals. */
  readonly events: SignalEvent[] = [];
  readonly candidates: Candidate[] = [];
  readonly #judged: readonly Judged[];

  constructor(facts: RiskFacts, plan: readonly PlannedRules[]) {
    this.facts = facts;
    const base = variablesOf(facts);
    this.#judged = plan.map((planned) => {
      const time = planned.rules.schedules.at(facts.atMs, facts.timeZone);
      const judged: Judged = {
        planned,
        variables: { ...base, time, signals: {} },
        readings: planned.reads.flatMap((signal) => this.#reading(signal)),
      };
      for (const signal of planned.counts) this.#count(judged, signal);
      for (const sequence of planned.sequences) this.#place(judged, sequence);
      return judged;
    });
  }

  /** All signals that must be in memory. */
  get refs(): readonly SignalRef[] {
    const { events } = this;
    const readings =
      this.#judged.length === 1 ? this.#judged[0]?.readings : this.#judged.flatMap((one) => one.readings);
    return events.length === 0 ? (readings ?? []) : [...(readings ?? []), ...events];
  }

  /** In one turn with `count` of the signals. */
  judge(signals: SignalReader, matches: OpenMatches): void {
    const { workspace, atMs } = this.facts;
    for (const { planned, variables, readings } of this.#judged) {
      for (const { name, signal, key } of readings) {
        const value = signals.read(workspace, signal, key, atMs);
        if (value !== undefined) variables.signals[name] = value;
      }
      for (const rule of planned.when) {
        const spoke = holds(rule.when, variables, planned.tool);
        if (spoke === true) this.spoken.push({ speech: rule, words: rule.say });
        else if (spoke instanceof Unknowable) this.#unknown(rule.ref, spoke, rule.enforced);
      }
    }
    for (const [index, { planned, steps }] of this.candidates.entries()) {
      const link = matches.record(index, { ...this.#stepOf(), steps });
      if (link !== undefined)
        this.spoken.push({ speech: planned.sequence, words: `${planned.sequence.say}; ${earlier(link)}` });
    }
  }

  #stepOf() {
    const { action, agent, target, atMs } = this.facts;
    return { action, agent: agent.name, tool: target, atMs };
  }

  #reading(signal: CompiledSignal): readonly Reading[] {
    const key = signalKey(signal, this.facts);
    return key === undefined ? [] : [{ name: signal.name, signal: signal.definition, key }];
  }

  /** A call that a signal sees and cannot count would be missing from every later answer. */
  #count({ planned, variables }: Judged, signal: CompiledSignal): void {
    const { tool, rules } = planned;
    const sees = signal.where === undefined ? true : holds(signal.where, variables, tool);
    if (sees instanceof Unknowable) this.#unknown(signal.ref, sees, rules.enforced);
    if (sees !== true) return;
    const key = signalKey(signal, this.facts);
    if (key === undefined) {
      const expected = signal.by.filter((part) => typeof part !== 'string' && tool.expects(part));
      const names = expected.map((part) => (typeof part === 'string' ? part : part.join('.')));
      if (names.length > 0)
        this.#unknown(signal.ref, new Unknowable(`${names.join(' or ')} is missing`), rules.enforced);
      return;
    }
    const value = this.#valueOf(signal, variables, planned);
    if (value instanceof Unknowable) this.#unknown(signal.ref, value, rules.enforced);
    else if (value !== null)
      this.events.push({ signal: signal.definition, key, ...(value === undefined ? {} : { value }) });
  }

  /** Null where the tool never has such a value. */
  #valueOf(
    { value: program, definition }: CompiledSignal,
    variables: Variables,
    { tool }: PlannedRules,
  ): number | string | undefined | null | Unknowable {
    if (program === undefined) return undefined;
    const result = program.evaluate(variables);
    if (!result.ok) return failure(program, variables, tool, result.reason) ?? null;
    if (definition.aggregate === 'distinct')
      return scalarText(result.value) ?? new Unknowable('a value that is told apart is missing');
    if (typeof result.value === 'number' && Number.isFinite(result.value)) return result.value;
    return new Unknowable('a value that is added up is no number');
  }

  #place({ variables, planned }: Judged, sequence: PlannedSequence): void {
    const { join, ref, enforced } = sequence.sequence;
    const steps: number[] = [];
    for (const step of sequence.steps) {
      const where = sequence.sequence.steps[step]?.where;
      const fits = where === undefined ? true : holds(where, variables, planned.tool);
      if (fits === true) steps.push(step);
      else if (fits instanceof Unknowable) this.#unknown(ref, fits, enforced);
    }
    if (steps.length === 0) return;
    let joined = '';
    if (join !== undefined) {
      const result = join.evaluate(variables);
      const text = result.ok ? scalarText(result.value) : undefined;
      if (text === undefined) {
        const why = failure(join, variables, planned.tool, result.ok ? 'no value' : result.reason);
        if (why !== undefined) this.#unknown(ref, why, enforced);
        return;
      }
      joined = text;
    }
    const scope = this.#scope(sequence.sequence.across);
    this.candidates.push({
      planned: sequence,
      steps,
      sequence: sequence.sequence,
      key: bounded(`${scope.length}:${scope}${joined}`),
    });
  }

  #scope(across: PlannedSequence['sequence']['across']): string {
    const { agent, run, root } = this.facts;
    if (across === 'workspace') return '';
    if (across === 'agent') return agent.name;
    return across === 'run' ? run : root;
  }

  #unknown(ref: string, { why }: Unknowable, enforced: boolean): void {
    if (!this.untold.some((one) => one.ref === ref && one.why === why)) this.untold.push({ ref, why, enforced });
  }
}

/** The earlier actions of a match, in words. */
function earlier(link: Link): string {
  const before = eventsOf(link).slice(0, -1);
  const named = before.map(
    ({ tool, action, agent, atMs }) => `${tool} by ${agent} at ${new Date(atMs).toISOString()} (${action})`,
  );
  return `after ${named.join(', ')}`;
}
