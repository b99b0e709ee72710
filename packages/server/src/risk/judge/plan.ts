import type { Fleet } from '../../registry/index.ts';
import type { RiskFacts } from '../risk-assessor.ts';
import type {
  CompiledOpinion,
  CompiledRule,
  CompiledRules,
  CompiledSequence,
  CompiledSignal,
} from '../rules/compiled-rules.ts';
import { ANYTHING, type Domain, oneOf } from '../rules/domain.ts';
import { covers, type KnownSchema } from '../rules/known-tools.ts';
import { impossible, type World } from '../rules/possible.ts';
import { type Expectations, expectationsOf } from './judged-tool.ts';
import { reversibilityWord } from './variables.ts';

/** Of one RiskRules object, what could matter to calls of one tool by one agent. */
export interface PlannedRules {
  readonly rules: CompiledRules;
  readonly when: readonly CompiledRule[];
  /** Signals that these rules read. */
  readonly reads: readonly CompiledSignal[];
  /** Signals that may see the call. */
  readonly counts: readonly CompiledSignal[];
  readonly sequences: readonly PlannedSequence[];
  readonly opinions: readonly CompiledOpinion[];
  readonly tool: Expectations;
}

export interface PlannedSequence {
  readonly sequence: CompiledSequence;
  /** Steps that the call may be, ascending. */
  readonly steps: readonly number[];
}

/** What is known of a call before its arguments are: the rest of a rule is left for when it comes. */
export function planRules(
  fleet: Fleet,
  all: readonly CompiledRules[],
  facts: RiskFacts,
  known: KnownSchema,
): readonly PlannedRules[] {
  return all.filter((rules) => judges(rules, facts)).map((rules) => planOne(fleet, rules, facts, known));
}

export function judges({ agents }: CompiledRules, { agent }: RiskFacts): boolean {
  return agents === undefined || agents.has(agent.name);
}

function planOne(fleet: Fleet, rules: CompiledRules, facts: RiskFacts, known: KnownSchema): PlannedRules {
  const isTool = facts.kind === 'tool.call';
  const world = worldOf(facts);
  const when = rules.rules.filter(({ clauses }) => clauses?.every((clause) => impossible(clause, world)) !== true);
  const read = new Set(when.flatMap(({ signals }) => signals));
  const signals = new Map(rules.signals.map((signal) => [signal.name, signal]));
  return {
    rules,
    when,
    reads: rules.signals.filter(({ name }) => read.has(name)),
    counts: isTool ? rules.signals.filter(({ on }) => on.some((pattern) => covers(pattern, facts.target))) : [],
    sequences: isTool ? rules.sequences.flatMap((sequence) => planSequence(sequence, facts) ?? []) : [],
    opinions: rules.opinions.filter((opinion) => mayAsk(opinion, facts)),
    tool: expectationsOf(fleet, facts.target, isTool, signals, known),
  };
}

function planSequence(sequence: CompiledSequence, { target, agent }: RiskFacts): PlannedSequence | undefined {
  const steps = sequence.steps.flatMap((step, index) =>
    covers(step.tool, target) && (step.agent === undefined || step.agent === agent.name) ? [index] : [],
  );
  return steps.length === 0 ? undefined : { sequence, steps };
}

/** Effects and tools narrow each other; where neither is named, every call of a tool is put to the model. */
function mayAsk({ effects, tools }: CompiledOpinion, { kind, effect, target }: RiskFacts): boolean {
  if (kind !== 'tool.call') return false;
  if (effects !== undefined && !effects.has(effect)) return false;
  return tools === undefined || tools.some((pattern) => covers(pattern, target));
}

function worldOf({ target, effect, kind, reversible, agent }: RiskFacts): World {
  const words = new Map<string, Domain>([
    ['action.tool', oneOf([target])],
    ['action.effect', oneOf([effect])],
    ['action.kind', oneOf([kind])],
    ['action.reversible', oneOf([reversibilityWord(reversible)])],
    ['agent.name', oneOf([agent.name])],
    ['agent.risk', oneOf([agent.risk])],
    ['agent.autonomy', oneOf([agent.autonomy])],
    ['agent.owner', oneOf([agent.owner])],
  ]);
  return { domainOf: (path) => words.get(path.join('.')) ?? ANYTHING };
}
