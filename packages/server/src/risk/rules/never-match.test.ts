import { expect, test } from 'vitest';
import { factsOf } from '../__fixtures__/desk.ts';
import { compileFleet } from '../__fixtures__/fleet.ts';
import { planRules } from '../judge/plan.ts';

type Random = (below: number) => number;
interface Facts {
  readonly tool: string;
  readonly args: Record<string, unknown>;
  readonly agent: string;
  readonly hour: number;
}

const TOOLS = [
  ['erp.create_order', 'write'],
  ['erp.set_price', 'write'],
  ['crm.find', 'read'],
  ['crm.export', 'export'],
  ['mcp.declared', 'send'],
  ['mcp.other', 'write'],
] as const;
const NUMBERS = ['0', '1.0', '5', '5.5', '-1.0', '23', '24.0'];
const TEXTS = ['"EUR"', '"USD"', '"a"', '"ab"', '"b"'];
const AGENTS = ['buyer', 'clerk'];

/** Mulberry32. */
function randomOf(seed: number): Random {
  let state = seed * 0x9e3779b9;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

const ATOMS: readonly ((random: Random) => string)[] = [
  (random) => `action.tool ${pick(random, ['==', '!='])} "${pick(random, TOOLS)[0]}"`,
  (random) => `action.tool.startsWith("${pick(random, ['erp.', 'crm.', 'mcp.', 'erp.create'])}")`,
  (random) => `action.tool in ["${pick(random, TOOLS)[0]}", "${pick(random, TOOLS)[0]}"]`,
  (random) => `action.effect ${pick(random, ['==', '!='])} "${pick(random, TOOLS)[1]}"`,
  (random) => `args.amount ${pick(random, ['<', '<=', '>', '>=', '==', '!='])} ${pick(random, NUMBERS)}`,
  (random) => `${pick(random, NUMBERS)} ${pick(random, ['<', '<=', '>', '>='])} args.amount`,
  (random) => `args.vendor ${pick(random, ['==', '!='])} ${pick(random, TEXTS)}`,
  (random) => `args.vendor.${pick(random, ['startsWith', 'endsWith', 'contains'])}(${pick(random, TEXTS)})`,
  (random) => `args.currency ${pick(random, ['==', '!='])} ${pick(random, ['"EUR"', '"USD"'])}`,
  (random) => `args.currency in [${pick(random, TEXTS)}, ${pick(random, TEXTS)}]`,
  (random) => `has(args.${pick(random, ['amount', 'vendor', 'query', 'all'])})`,
  (random) => `time.hour ${pick(random, ['<', '>', '=='])} ${pick(random, NUMBERS)}`,
  (random) => `agent.name ${pick(random, ['==', '!='])} "${pick(random, AGENTS)}"`,
  () => 'args.all',
  () => 'args.amount + 1.0 > 3.0',
];

function condition(random: Random, depth: number): string {
  if (depth === 0 || random(4) === 0) return pick(random, ATOMS)(random);
  const [left, right] = [condition(random, depth - 1), condition(random, depth - 1)];
  const both = `(${left} ${pick(random, ['&&', '&&', '||'])} ${right})`;
  return random(5) === 0 ? `!${both}` : both;
}

/** What a call that fits its schema can look like. */
function call(random: Random): Facts {
  const [tool] = pick(random, TOOLS);
  const text = () => pick(random, TEXTS).slice(1, -1);
  const number = () => Number(pick(random, NUMBERS)) + (random(2) === 0 ? 0 : 0.25);
  const open = () => pick(random, [number, text, () => random(2) === 0])();
  const maybe = (name: string, value: unknown) => (random(4) === 0 ? {} : { [name]: value });
  const argsOf: Record<string, () => Record<string, unknown>> = {
    'erp.create_order': () => ({
      ...maybe('amount', number()),
      ...maybe('vendor', text()),
      ...maybe('currency', pick(random, ['EUR', 'USD'])),
    }),
    'crm.find': () => maybe('query', text()),
    'crm.export': () => maybe('all', random(2) === 0),
  };
  const unknown = () => ({ ...maybe('amount', open()), ...maybe('vendor', open()), ...maybe('all', open()) });
  const args = tool.startsWith('mcp.') ? unknown() : (argsOf[tool]?.() ?? {});
  return { tool, args, agent: pick(random, AGENTS), hour: random(24) };
}

test.each([1, 2, 3])(
  'what is called impossible never happens, and what is left out of a plan neither, seed %i',
  async (seed) => {
    const random = randomOf(seed);
    const conditions = Array.from({ length: 150 }, () => condition(random, 3));
    const yaml = conditions.map((when, i) => `  - { id: r${i}, when: '${when}', score: 1, say: x }`).join('\n');
    const { fleet, compilation } = await compileFleet(`rules:\n${yaml}`);
    const never = new Set(
      compilation.problems
        .filter(({ message }) => message.startsWith('this rule can never match'))
        .map(({ path }) => path?.[1]),
    );
    const { compiled } = compilation;
    expect(compiled.rules).toHaveLength(conditions.length);
    let matches = 0;
    for (let i = 0; i < 200; i++) {
      const facts = call(random);
      const { tool, args, agent, hour } = facts;
      const known = factsOf(fleet, { tool, args, agent });
      const action = { tool, effect: known.effect, kind: known.kind };
      const variables = { action, args, agent: { name: agent }, time: { hour } };
      const [plan] = planRules(fleet, [compiled], known, () => undefined);
      for (const [index, rule] of compiled.rules.entries()) {
        const result = rule.when.evaluate(variables);
        if (!result.ok || result.value !== true) continue;
        const what = `${conditions[index]} of ${JSON.stringify(facts)}`;
        matches += 1;
        expect(never.has(index), what).toBe(false);
        expect(plan?.when.includes(rule), what).toBe(true);
      }
    }
    expect(never.size).toBeGreaterThan(3);
    expect(matches).toBeGreaterThan(500);
  },
);
