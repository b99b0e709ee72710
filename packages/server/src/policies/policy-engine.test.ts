import {
  type Agent,
  agentSchema,
  type Finding,
  modelSchema,
  toolServerSchema,
  workspaceSchema,
} from '@reeve/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Fleet } from '../registry/index.ts';
import { PolicyEngine } from './policy-engine.ts';
import type { PolicyRequest } from './policy-request.ts';

const REFUND = `permit(principal == Reeve::Agent::"refund", action == Reeve::Action::"call", resource == Reeve::Tool::"stripe.refund")
when { context.amount.lessThanOrEqual(decimal("100.0")) };`;
const REFUND_FILE = { 'policies/refund.cedar': REFUND };

function fleet(files: Record<string, string>, workspace = 'acme', changes: Record<string, object> = {}): Fleet {
  const agent = (name: string, more: object = {}): Agent =>
    agentSchema.parse({ kind: 'Agent', name, owner: 'maya@example.com', purpose: 'Tests', ...more, ...changes[name] });
  const agents = [
    agent('refund', { tools: ['stripe.list_charges', 'stripe.refund', 'tickets.*'], models: ['small', 'sim/*'] }),
    agent('reader', { tools: ['stripe.list_*'] }),
    agent('idle'),
    agent('planned', { tools: ['*'], models: ['*'], state: 'draft' }),
    agent('gone', { tools: ['*'], models: ['*'], state: 'retired' }),
  ];
  const servers = [
    toolServerSchema.parse({
      kind: 'ToolServer',
      name: 'stripe',
      transport: { api: 'https://api.example.com' },
      tools: { list_charges: { effect: 'read' }, refund: { effect: 'pay' } },
    }),
    toolServerSchema.parse({
      kind: 'ToolServer',
      name: 'tickets',
      transport: { http: 'https://mcp.example.com/mcp' },
      tools: { search: { effect: 'read' }, close: { effect: 'write' } },
    }),
  ];
  const small = modelSchema.parse({ kind: 'Model', name: 'small', targets: [{ provider: 'sim', model: 'sim-small' }] });
  return {
    workspace,
    version: `sha256:${workspace}`,
    settings: workspaceSchema.parse({ kind: 'Workspace', name: workspace, providers: { sim: {} } }),
    agents: new Map(agents.map((each) => [each.name, each])),
    toolServers: new Map(servers.map((each) => [each.name, each])),
    models: new Map([['small', small]]),
    secrets: new Map(),
    budgets: new Map(),
    guardrails: new Map(),
    riskRules: new Map(),
    approvals: new Map(),
    policies: Object.entries(files).map(([path, text]) => ({ path, text })),
  };
}

interface Asked {
  readonly agent?: string;
  readonly tool?: string;
  readonly model?: string;
  readonly effect?: string;
  readonly amount?: number;
  readonly args?: Record<string, unknown>;
  readonly workspace?: string;
}

function request(source: Fleet, asked: Asked): PolicyRequest {
  const agent = source.agents.get(asked.agent ?? 'refund');
  if (agent === undefined) throw new Error('no such agent');
  const tool = asked.tool ?? 'stripe.refund';
  return {
    workspace: asked.workspace ?? source.workspace,
    agent,
    action: asked.model === undefined ? 'call' : 'generate',
    resource:
      asked.model === undefined
        ? { type: 'Tool', name: tool, server: tool.split('.')[0] ?? '' }
        : { type: 'Model', name: asked.model },
    context: {
      args: asked.args ?? {},
      effect: asked.effect ?? 'pay',
      ...(asked.amount !== undefined && { amount: asked.amount }),
      risk: 0,
      labels: [],
      run: 'run_1',
      autonomy: agent.autonomy,
      atMs: 0,
      timeZone: 'UTC',
      delegation: [],
    },
  };
}

async function apply(engine: PolicyEngine, source: Fleet): Promise<Fleet> {
  const { problems, activate } = await engine.prepare(source);
  expect(problems).toEqual([]);
  activate();
  return source;
}

let engine: PolicyEngine;
let acme: Fleet;

function ask(asked: Asked): Finding {
  const findings = engine.authorize(request(acme, asked));
  expect(findings).toHaveLength(1);
  return findings[0] as Finding;
}

beforeEach(async () => {
  engine = new PolicyEngine();
  acme = await apply(engine, fleet(REFUND_FILE));
});

describe('authorize', () => {
  const rows: [name: string, asked: Asked, verdict: string, rule: string][] = [
    ['a read that is listed', { tool: 'stripe.list_charges', effect: 'read' }, 'allow', 'base.read'],
    ['a read by pattern', { agent: 'reader', tool: 'stripe.list_charges', effect: 'read' }, 'allow', 'base.read'],
    [
      'a read that is not listed',
      { agent: 'idle', tool: 'stripe.list_charges', effect: 'read' },
      'deny',
      'agent bounds',
    ],
    ['a model that is listed', { model: 'small', effect: 'read' }, 'allow', 'base.generate'],
    ['a model by pattern', { model: 'sim/large', effect: 'read' }, 'allow', 'base.generate'],
    ['a model that is not listed', { model: 'openai/gpt-5', effect: 'read' }, 'deny', 'agent bounds'],
    ['a write without a permit', { tool: 'tickets.close', effect: 'write' }, 'deny', 'no permit'],
    ['a payment within its permit', { amount: 100 }, 'allow', 'policies/refund.cedar:1:1'],
    ['a payment above it', { amount: 100.01 }, 'deny', 'no permit'],
    ['a payment of unknown amount', {}, 'deny', 'no permit (could not evaluate policies/refund.cedar:1:1)'],
    ['an amount of too many digits', { amount: 1.00001 }, 'deny', 'args'],
    ['a draft', { agent: 'planned', tool: 'stripe.list_charges', effect: 'read' }, 'deny', 'agent draft'],
    ['a retired agent', { agent: 'gone', model: 'small' }, 'deny', 'agent retired'],
    ['an unknown workspace', { workspace: 'nowhere', model: 'small' }, 'deny', 'no policies'],
  ];
  test.each(rows)('%s', (_name, asked, verdict, rule) => {
    const finding = ask(asked);
    expect(finding).toMatchObject({ by: 'policy', verdict, rule });
    expect(finding.code).toBe(verdict === 'deny' ? 'policy_denied' : undefined);
  });

  test('a denial says what would make it pass, and nothing of the rules', () => {
    expect(ask({ amount: 500 }).message).toMatchInlineSnapshot(
      `"refund may call stripe.refund only with a permit that covers this call; reeve who-can stripe.refund shows what exists; ask maya@example.com"`,
    );
    expect(ask({ agent: 'idle' }).message).toMatchInlineSnapshot(
      `"idle may not call stripe.refund: it is not among the tools of the agent; ask maya@example.com to add it there"`,
    );
    expect(ask({ amount: 1.00001 }).message).toMatchInlineSnapshot(
      `"amount must be below 922337203685477 with at most 4 decimal digits, because a policy decides on it; ask maya@example.com"`,
    );
  });

  test('a permit never reaches beyond the lists of the agent', async () => {
    await apply(engine, fleet({ 'policies/open.cedar': 'permit(principal, action, resource);' }));
    expect(ask({ tool: 'stripe.refund' }).verdict).toBe('allow');
    expect(ask({ agent: 'reader' })).toMatchObject({ verdict: 'deny', rule: 'agent bounds' });
  });

  test('a forbid that cannot be evaluated fails closed', async () => {
    const text = 'forbid(principal, action, resource) when { context.args.path like "*..*" };';
    await apply(engine, fleet({ 'policies/f.cedar': text }));
    const read = { tool: 'stripe.list_charges', effect: 'read' };
    expect(ask(read)).toMatchObject({ verdict: 'deny', code: 'fail_closed', rule: 'policies/f.cedar:1:1' });
    expect(ask({ ...read, args: { path: 'a/../b' } })).toMatchObject({ verdict: 'deny', code: 'policy_denied' });
    expect(ask({ ...read, args: { path: 'a' } }).verdict).toBe('allow');
  });

  test('an argument that breaks conversion is denied, never thrown', () => {
    const args = new Proxy({}, { ownKeys: () => [], get: () => 1, has: () => true });
    const hostile = request(acme, { amount: 5 });
    expect(() => engine.authorize({ ...hostile, context: { ...hostile.context, args } })).not.toThrow();
    const broken = { ...hostile, context: undefined } as never;
    expect(engine.authorize(broken)).toMatchObject([{ verdict: 'deny', code: 'fail_closed' }]);
  });
});

describe('workspaces and versions', () => {
  test("another workspace's policies never apply", async () => {
    const other = await apply(
      engine,
      fleet({ 'policies/open.cedar': 'permit(principal, action, resource);' }, 'other'),
    );
    expect(ask({ amount: 500 }).verdict).toBe('deny');
    expect(engine.authorize(request(other, { amount: 500 }))[0]?.verdict).toBe('allow');
    expect(engine.list('acme').map((policy) => policy.file)).not.toContain('policies/open.cedar');
    expect(engine.whoCan('nowhere', { effect: 'pay' })).toEqual([]);
    expect(engine.mayListTool('nowhere', 'refund', 'stripe.list_charges')).toBe(false);
  });

  test('a version is in force only once it is activated, and then at once', async () => {
    const next = await engine.prepare(fleet({ 'policies/refund.cedar': REFUND.replace('100.0', '900.0') }));
    expect(ask({ amount: 500 }).verdict).toBe('deny');
    next.activate();
    expect(ask({ amount: 500 }).verdict).toBe('allow');
    await apply(engine, fleet({}));
    expect(ask({ amount: 50 }).verdict).toBe('deny');
  });

  test('an agent retired since the caller looked it up is denied', async () => {
    await apply(engine, fleet({}, 'acme', { refund: { state: 'retired' } }));
    expect(ask({ model: 'small' })).toMatchObject({ verdict: 'deny', rule: 'agent retired' });
  });

  test('hundreds of versions in a row leave each its own decisions', async () => {
    for (let limit = 1; limit <= 200; limit++) {
      const text = REFUND.replace('100.0', `${limit}.0`);
      (await engine.prepare(fleet({ 'policies/refund.cedar': text }))).activate();
      expect([ask({ amount: limit }).verdict, ask({ amount: limit + 0.01 }).verdict]).toEqual(['allow', 'deny']);
    }
  });

  test('base.cedar of the fleet replaces ours', async () => {
    expect(engine.list('acme').map(({ id, base }) => [id, base])).toEqual([
      ['base.generate', true],
      ['base.read', true],
      ['policies/refund.cedar:1:1', false],
    ]);
    await apply(engine, fleet({ 'policies/base.cedar': REFUND }));
    expect(engine.list('acme').map(({ id, base }) => [id, base])).toEqual([['policies/base.cedar:1:1', false]]);
    expect(ask({ model: 'small' }).verdict).toBe('deny');
  });
});

describe('prepare', () => {
  const rows: [name: string, text: string, problem: object][] = [
    [
      'unknown agent',
      'permit(principal == Reeve::Agent::"refnd", action, resource);',
      { line: 1, column: 21, message: expect.stringMatching(/^no agent is named "refnd"; there are gone, idle/) },
    ],
    [
      'unknown tool of an API',
      'permit(principal, action, resource == Reeve::Tool::"stripe.refnd");',
      { column: 39, message: expect.stringMatching(/no tool is named "stripe.refnd"/) },
    ],
    [
      'tool without its server',
      'permit(principal, action, resource == Reeve::Tool::"refund");',
      { message: expect.stringMatching(/server\.tool/) },
    ],
    [
      'unknown model',
      'permit(principal, action, resource == Reeve::Model::"large");',
      { message: expect.stringMatching(/no model is named "large"; there are small/) },
    ],
    [
      'unknown provider',
      'permit(principal, action, resource == Reeve::Model::"openai/gpt-5");',
      { message: expect.stringMatching(/no provider is named "openai"; there are sim/) },
    ],
    [
      'permit beyond the lists',
      'permit(principal == Reeve::Agent::"reader", action, resource == Reeve::Tool::"stripe.refund");',
      { message: 'can never match: agent reader does not list stripe.refund; add it to its tools' },
    ],
    [
      'effect of another tool',
      'permit(principal, action, resource == Reeve::Tool::"stripe.refund") when { context.effect == "read" };',
      { message: expect.stringMatching(/can never match.*effect pay/) },
    ],
  ];
  test.each(rows)('%s', async (_name, text, problem) => {
    const { problems } = await engine.prepare(fleet({ 'policies/x.cedar': text }));
    expect(problems).toEqual([expect.objectContaining({ file: 'policies/x.cedar', ...problem })]);
  });

  test('a tool that an MCP server may offer undeclared is no problem', async () => {
    await apply(engine, fleet({ 'p.cedar': 'permit(principal, action, resource == Reeve::Tool::"tickets.merge");' }));
  });
});

describe('who can', () => {
  function verdicts(query: Parameters<PolicyEngine['whoCan']>[1]): string[] {
    return engine.whoCan('acme', query).map((row) => `${row.agent} ${row.resource} ${row.verdict}`);
  }

  test('by effect and by tool, with the conditions left over', () => {
    expect(engine.whoCan('acme', { effect: 'pay' })).toEqual([
      {
        agent: 'refund',
        action: 'call',
        resource: 'stripe.refund',
        effect: 'pay',
        verdict: 'conditional',
        conditions: ['context.amount.lessThanOrEqual(decimal("100.0"))'],
        words: ['amount is at most 100.0'],
        permits: ['policies/refund.cedar:1:1'],
        forbids: [],
      },
    ]);
    expect(verdicts({ tool: 'stripe.list_charges' })).toEqual([
      'refund stripe.list_charges yes',
      'reader stripe.list_charges yes',
    ]);
    expect(verdicts({ effect: 'write' })).toEqual(['refund tickets.close no', 'refund tickets.* no']);
    expect(verdicts({ tool: 'small' })).toEqual(['refund small yes']);
    expect(verdicts({ tool: 'erp.order' })).toEqual([]);
  });

  test('permits are alternatives, forbids add up', async () => {
    const more = `${REFUND} permit(principal, action, resource) when { context.risk < 5 };
      forbid(principal, action, resource) when { context.labels.contains("untrusted") };`;
    await apply(engine, fleet({ 'policies/refund.cedar': more }));
    const [row] = engine.whoCan('acme', { tool: 'stripe.refund' });
    expect(row?.conditions).toEqual([
      '(context.amount.lessThanOrEqual(decimal("100.0"))) || (context.risk < 5)',
      '!(context.labels.contains("untrusted"))',
    ]);
  });

  test('lists hide what no permit can reach', () => {
    const listed = (agent: string, tool: string): boolean => engine.mayListTool('acme', agent, tool);
    expect(listed('refund', 'stripe.list_charges')).toBe(true);
    expect(listed('refund', 'stripe.refund')).toBe(true);
    expect(listed('refund', 'tickets.close')).toBe(false);
    expect(engine.boundsInclude('acme', 'refund', 'tickets.close')).toBe(true);
    expect(engine.boundsInclude('acme', 'reader', 'tickets.close')).toBe(false);
    expect(listed('reader', 'stripe.refund')).toBe(false);
    expect(listed('gone', 'stripe.list_charges')).toBe(false);
    expect(listed('refund', 'tickets.resources/read')).toBe(true);
    expect(listed('reader', 'tickets.resources/read')).toBe(false);
    expect(engine.mayListModel('acme', 'refund', 'small')).toBe(true);
    expect(engine.mayListModel('acme', 'reader', 'small')).toBe(false);
  });

  test('a plan says who gains and who loses', async () => {
    const after = fleet({ 'policies/refund.cedar': REFUND.replace('100.0', '50.0') }, 'acme', {
      reader: { tools: [] },
      idle: { models: ['small'] },
    });
    const text = (await engine.diffWhoCan(acme, after)).map(
      (each) =>
        `${each.change} ${each.agent} ${each.action} ${each.resource} ${each.before ?? '-'} ${each.after ?? '-'}`,
    );
    expect(text).toEqual([
      'gained idle generate small - -',
      'lost reader call stripe.list_charges - -',
      'changed refund call stripe.refund context.amount.lessThanOrEqual(decimal("100.0")) context.amount.lessThanOrEqual(decimal("50.0"))',
    ]);
    expect(await engine.diffWhoCan(after, after)).toEqual([]);
    expect(await engine.diffWhoCan(undefined, after)).not.toEqual([]);
  });

  test('explains to operators', () => {
    const { explanation } = engine.explain(request(acme, { amount: 500 }));
    expect(explanation).toEqual({
      summary: 'denied: the conditions of all 2 permits about it did not hold',
      determining: [],
      near: [
        { id: 'base.read', conditions: ['when { context.effect == "read" }'], words: ['when effect is "read"'] },
        {
          id: 'policies/refund.cedar:1:1',
          conditions: ['when { context.amount.lessThanOrEqual(decimal("100.0")) }'],
          words: ['when amount is at most 100.0'],
        },
      ],
    });
  });
});

describe('annotations', () => {
  const PERMIT = 'permit(principal == Reeve::Agent::"refund", action, resource);';

  test('a forbid that holds is a finding that waits, in words of its own or in ours', async () => {
    const holds = `${PERMIT}
@id("large") @hold("person") @message("above 100 a person must agree") forbid(principal, action, resource) when { context has amount && context.amount.greaterThan(decimal("100.0")) };
@id("odd") @hold("facts") forbid(principal, action, resource) when { context.args has odd };`;
    acme = await apply(engine, fleet({ 'policies/p.cedar': holds }));
    expect(engine.authorize(request(acme, { amount: 250, args: { odd: 'yes' } }))).toEqual([
      {
        by: 'policy',
        verdict: 'hold',
        code: 'approval_required',
        message: 'above 100 a person must agree',
        rule: 'large',
        waitsFor: 'person',
      },
      {
        by: 'policy',
        verdict: 'hold',
        code: 'approval_required',
        message: 'refund may call stripe.refund only once facts that are missing are known',
        rule: 'odd',
        waitsFor: 'facts',
      },
    ]);
    expect(ask({ amount: 50 })).toMatchObject({ verdict: 'allow' });
  });

  test('a denial says the words of its policy, and not its rule', async () => {
    const text = `${PERMIT}\n@id("off") @message("refunds are closed until Monday") forbid(principal, action, resource);`;
    acme = await apply(engine, fleet({ 'policies/p.cedar': text }));
    expect(ask({ amount: 50 })).toMatchObject({
      verdict: 'deny',
      message: 'refunds are closed until Monday',
      rule: 'off',
    });
  });

  test('a policy in dry-run decides nothing and says what it would have decided', async () => {
    const text = `${PERMIT}\n@id("off") @mode("dry-run") forbid(principal, action, resource);`;
    acme = await apply(engine, fleet({ 'policies/p.cedar': text }));
    expect(engine.authorize(request(acme, { amount: 50 }))).toEqual([
      { by: 'policy', verdict: 'allow', message: 'permitted', rule: 'policies/p.cedar:1:1' },
      {
        by: 'policy',
        verdict: 'allow',
        message: 'dry run: would have been denied (off)',
        rule: 'off',
        wouldBe: 'deny',
      },
    ]);
    expect(engine.mayListTool('acme', 'refund', 'stripe.refund')).toBe(true);
  });

  test('an annotation that nobody knows is a problem of the fleet', async () => {
    const { problems } = await engine.prepare(fleet({ 'policies/p.cedar': `@holds("person") ${PERMIT}` }));
    expect(problems).toMatchObject([{ file: 'policies/p.cedar', line: 1, column: 1 }]);
  });
});

describe('in shadow', () => {
  const PERMIT = { 'policies/p.cedar': 'permit(principal == Reeve::Agent::"refund", action, resource);' };

  test.each([
    ['an agent', { refund: { autonomy: 'shadow' } }, 'enforce'],
    ['a workspace', {}, 'shadow'],
  ] as const)('%s proposes, and what would have been decided is on the record', async (_what, changes, mode) => {
    const source = fleet(PERMIT, 'acme', changes);
    acme = await apply(engine, { ...source, settings: { ...source.settings, mode } });
    const finding = ask({ amount: 50 });
    expect(finding).toMatchObject({ verdict: 'deny', rule: 'autonomy shadow', wouldBe: 'allow' });
    expect(finding.message).toContain('policies would have allowed it; ask maya@example.com to raise its autonomy');
    expect(ask({ tool: 'stripe.list_charges', effect: 'read' })).toMatchObject({ verdict: 'allow' });
    expect(ask({ model: 'small', effect: 'read' })).toMatchObject({ verdict: 'allow' });
  });
});
