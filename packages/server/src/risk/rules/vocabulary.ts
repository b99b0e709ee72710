import { ACTION_KINDS, type Agent, EFFECTS, type RiskRules } from '@reeve/contracts';
import type { Fleet } from '../../registry/index.ts';
import { WEEKDAYS } from '../schedules/local-minute.ts';
import { ANYTHING, atLeast, type Domain, LIST, NUMBER, oneOf, TEXT, TRUTH } from './domain.ts';
import type { Path } from './expression-reads.ts';
import { REVERSIBILITIES } from './known-tools.ts';

/** Variables of all expressions of RiskRules, and what is below each. */
export const VARIABLES = ['action', 'args', 'signals', 'agent', 'run', 'labels', 'time'] as const;
/** What is known of an action before anything is counted. */
export const CALL_VARIABLES = ['action', 'args', 'agent', 'run', 'labels', 'time'] as const;

const AGENT_RISKS = ['low', 'medium', 'high', 'critical'];
const AUTONOMIES = ['shadow', 'supervised', 'pilot', 'autopilot'];
const UNBOUNDED = new Set(['args']);
const BASELINE = ['mean', 'spread', 'n'];

/** Names below the variables, with what they can hold; the same for every call. */
export type Vocabulary = ReadonlyMap<string, Domain>;

export function vocabularyOf(fleet: Fleet, rules: RiskRules): Vocabulary {
  const known = new Map<string, Domain>([
    ['action', { kinds: new Set(['object']) }],
    ['action.tool', TEXT],
    ['action.kind', oneOf(ACTION_KINDS)],
    ['action.effect', oneOf(EFFECTS)],
    ['action.reversible', oneOf(REVERSIBILITIES)],
    ['action.amount', NUMBER],
    ['action.subject', TEXT],
    ['action.destination', TEXT],
    ...agentWords(judgedAgents(fleet, rules)),
    ['run.id', TEXT],
    ['run.root', TEXT],
    ['run.user', TEXT],
    ['run.feature', TEXT],
    ['run.session', TEXT],
    ['labels', LIST],
    ['time.hour', atLeast(0, 23)],
    ['time.minute', atLeast(0, 59)],
    ['time.weekday', oneOf(WEEKDAYS)],
    ['time.date', TEXT],
  ]);
  for (const { name } of rules.schedules) known.set(`time.${name}`, TRUTH);
  for (const signal of rules.signals) for (const [word, domain] of signalWords(signal)) known.set(word, domain);
  return known;
}

function judgedAgents(fleet: Fleet, { agents }: RiskRules): readonly Agent[] {
  const all = [...fleet.agents.values()];
  return agents === undefined ? all : all.filter(({ name }) => agents.includes(name));
}

function agentWords(agents: readonly Agent[]): [string, Domain][] {
  return [
    ['agent.name', oneOf([...new Set(agents.map(({ name }) => name))], 'as this fleet has no other agent to judge')],
    ['agent.owner', oneOf([...new Set(agents.map(({ owner }) => owner))], 'as no other person owns an agent')],
    ['agent.risk', oneOf(AGENT_RISKS)],
    ['agent.autonomy', oneOf(AUTONOMIES)],
  ];
}

function signalWords({ name, aggregate }: RiskRules['signals'][number]): [string, Domain][] {
  if (aggregate !== 'baseline') return [[`signals.${name}`, COUNTED.has(aggregate) ? atLeast(0) : NUMBER]];
  return [
    [`signals.${name}`, { kinds: new Set(['object']) }],
    ...BASELINE.map((part): [string, Domain] => [`signals.${name}.${part}`, part === 'mean' ? NUMBER : atLeast(0)]),
  ];
}

const COUNTED = new Set(['count', 'distinct', 'rate']);

/** Why a place cannot be read at all, in words that end in what would be right. */
export function unknownPlace(
  vocabulary: Vocabulary,
  path: Path,
): { word: string; known: readonly string[] } | undefined {
  const [root = ''] = path;
  if (UNBOUNDED.has(root) || vocabulary.has(path.join('.'))) return undefined;
  if (root === 'labels' && path.length === 1) return undefined;
  const prefix = path.length > 2 && vocabulary.has(path.slice(0, 2).join('.')) ? path.slice(0, 2).join('.') : root;
  const known = [...vocabulary.keys()].filter((word) => word.startsWith(`${prefix}.`));
  return { word: path.join('.'), known };
}

export function domainIn(vocabulary: Vocabulary, path: Path): Domain {
  return vocabulary.get(path.join('.')) ?? ANYTHING;
}
