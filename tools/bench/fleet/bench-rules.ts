// Rules for the measure of "should": 200 signals, 100 rules and 20 sequences over ten tools, of which one is called.

const OBJECTS = 4;
const TOOLS = 10;
const PER_OBJECT = { signals: 50, rules: 25, sequences: 5 } as const;
const AGGREGATES = [
  'count',
  'sum',
  'distinct',
  'first_seen',
  'first',
  'last',
  'min',
  'max',
  'rate',
  'baseline',
] as const;
const WITHOUT_VALUE: ReadonlySet<string> = new Set(['count', 'first_seen', 'rate']);
const KEYS = [['agent'], ['run'], ['workspace', 'args.title'], ['agent', 'args.title']];
const WINDOWS = ['10m', '1h', '24h', '30d'];
/** No signal of the bench comes near it, so no rule speaks but those that always do. */
const NEVER = '1000000000000000.0';

/** How many there are, and how many of them a call of the measured tool touches. */
export const RULE_COUNTS = {
  signals: { all: OBJECTS * PER_OBJECT.signals, touched: 20 },
  rules: { all: OBJECTS * PER_OBJECT.rules, touched: 12 },
  sequences: { all: OBJECTS * PER_OBJECT.sequences, touched: 4 },
} as const;

/** The tools besides the one that is called; nobody calls them. */
export function quietTools(): string[] {
  return each(TOOLS - 1, (number) => `quiet_${number + 1}`);
}

/** RiskRules objects that judge every call of `server.tool` and never hold one. */
export function benchRules(server: string, tool: string): object[] {
  const tools = [tool, ...quietTools()].map((name) => `${server}.${name}`);
  return each(OBJECTS, (object) => ({
    kind: 'RiskRules',
    name: `bench-${object}`,
    signals: each(PER_OBJECT.signals, (number) => signal(object, number, tools)),
    rules: each(PER_OBJECT.rules, (number) => rule(object, number, tools)),
    sequences: each(PER_OBJECT.sequences, (number) => sequence(object * PER_OBJECT.sequences + number, tools)),
  }));
}

function signal(object: number, number: number, tools: readonly string[]): object {
  const aggregate = aggregateOf(object, number);
  const turn = Math.floor(number / TOOLS);
  return {
    name: `s${number}`,
    on: at(tools, number),
    aggregate,
    ...(WITHOUT_VALUE.has(aggregate) ? {} : { value: aggregate === 'distinct' ? 'args.title' : 'size(args.text)' }),
    by: at(KEYS, turn + object),
    window: at(WINDOWS, turn),
  };
}

/** Reads two signals of its tool. The first rule of each object always speaks, so that the bench sees that rules were asked. */
function rule(object: number, number: number, tools: readonly string[]): object {
  const tool = at(tools, number);
  if (number === 0)
    return { id: 'always', when: `action.tool == "${tool}" && args.title != ""`, score: 1, say: 'a note is saved' };
  const turn = Math.floor(number / TOOLS) * 2;
  const far = [turn, turn + 1].map((of) => reading(object, (number + of * TOOLS) % PER_OBJECT.signals));
  return { id: `r${number}`, when: `action.tool == "${tool}" && (${far.join(' || ')})`, score: 1, say: 'far away' };
}

function reading(object: number, number: number): string {
  const name = `signals.s${number}`;
  const value = aggregateOf(object, number) === 'baseline' ? `${name}.mean` : name;
  return `(has(${name}) && ${value} > ${NEVER})`;
}

function sequence(number: number, tools: readonly string[]): object {
  return {
    id: `q${number}`,
    within: '2h',
    across: 'workspace',
    join: 'args.title',
    steps: [{ tool: at(tools, number) }, { tool: at(tools, number + 1) }],
    score: 1,
    say: 'two steps in order',
  };
}

function aggregateOf(object: number, number: number): (typeof AGGREGATES)[number] {
  return at(AGGREGATES, Math.floor(number / TOOLS) + number + object * 5);
}

/** Takes the items in turn. */
function at<T>(items: readonly T[], number: number): T {
  return items[number % items.length] as T;
}

function each<T>(count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, number) => make(number));
}
