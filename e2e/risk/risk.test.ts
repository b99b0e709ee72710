import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startReeve } from '@reeve/testkit';
import { afterEach, describe, expect, test } from 'vitest';

const closing: (() => PromiseLike<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Answer = (path: string, body: Record<string, unknown>) => unknown;

/** A local server that answers with JSON; `calls` are the paths that it was asked for. */
async function serve(answer: Answer): Promise<{ url: string; calls: string[] }> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push(request.url ?? '');
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Record<string, unknown>;
      const reply = answer(request.url ?? '', body);
      response
        .writeHead(reply === undefined ? 500 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(reply ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

async function plane(rules: string, more = '') {
  const shop = await serve(() => ({ id: 'po_1' }));
  const reeve = await startReeve({
    fleet: {
      'fleet.yaml': `
kind: Agent
name: buyer
owner: maya@example.com
purpose: Buys what the stock needs
autonomy: autopilot
tools: ["erp.*"]
limits: { toolCallsPerRun: 1000, toolCallsPerMinute: 1000, retriesPerCall: 1000 }
budgets: [{ per: day, usd: 1 }]
---
kind: ToolServer
name: erp
transport: { api: "${shop.url}" }
privateNetwork: true
tools:
  create_order:
    effect: write
    amount: args.amount
    deciding: []
    request: { method: POST, path: /orders }
    inputSchema: { type: object, properties: { amount: { type: number }, vendor: { type: string } }, required: [amount, vendor] }
${more}`,
      'risk.yaml': `kind: RiskRules\nname: purchasing\n${rules}`,
      'policies/erp.cedar': `permit(principal, action == Reeve::Action::"call", resource == Reeve::Tool::"erp.create_order");`,
    },
  });
  closing.push(() => reeve[Symbol.asyncDispose]());
  const key = await reeve.key('buyer');
  const order = async (amount: number, vendor: string) => {
    const response = await fetch(`${reeve.url}/actions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool: 'erp.create_order', args: { amount, vendor } }),
    });
    const body = (await response.json()) as { error?: { code: string; message: string } };
    return { status: response.status, code: body.error?.code, message: body.error?.message, body };
  };
  const lastAction = async () => (await reeve.admin.call('actions.list', { query: {} })).items[0];
  return { reeve, shop, order, lastAction };
}

const PURCHASING = `
signals:
  - { name: vendor_seen, on: erp.create_order, aggregate: count, by: [workspace, args.vendor], window: 365d }
  - { name: po_sum, on: erp.create_order, value: args.amount, aggregate: sum, by: [agent], window: 24h }
rules:
  - { id: po-size, when: 'action.tool == "erp.create_order" && args.amount > 10000.0', score: 60, say: "order above the authority" }
  - { id: new-vendor, when: 'action.tool == "erp.create_order" && signals.vendor_seen == 0', score: 40, say: "vendor never used before" }
  - { id: day, when: 'action.tool == "erp.create_order" && signals.po_sum + args.amount > 20000.0', verdict: deny, say: "too much in a day" }
thresholds: { hold: 60, deny: 95 }
`;

test('an order that is permitted is held by its risk; score, parts and words are on the record, not in the answer', async () => {
  const { order, shop, lastAction } = await plane(PURCHASING);
  const passed = await order(900, 'Known');
  expect(passed.status).toBe(200);
  expect(JSON.stringify(passed.body)).not.toMatch(/vendor never|new-vendor/);
  const held = await order(15_000, 'Unknown');
  expect([held.status, held.code]).toEqual([403, 'approval_required']);
  expect(JSON.stringify(held.body)).not.toMatch(/authority|po-size|\b76\b|threshold/);
  expect(shop.calls).toHaveLength(1);
  const action = await lastAction();
  expect(action).toMatchObject({ risk: 76 });
  expect(JSON.stringify(action)).toContain('vendor never used before');
});

test('of 50 orders at once exactly as many reach the shop as the sum allows', async () => {
  const { order, shop } = await plane(PURCHASING);
  const answers = await Promise.all(Array.from({ length: 50 }, () => order(3_000, 'Known')));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(6);
  expect(answers.filter(({ code }) => code === 'policy_denied')).toHaveLength(44);
  expect(shop.calls).toHaveLength(6);
});

test('a fleet with a rule that can never match is refused with file, line and column', async () => {
  const { reeve } = await plane(PURCHASING);
  const files = [
    {
      path: 'risk.yaml',
      text: `kind: RiskRules\nname: purchasing\nrules:\n  - { id: a, when: 'action.tool == "erp.order"', score: 1, say: x }\n`,
    },
  ];
  const { problems } = await reeve.admin.call('fleet.plan', { body: { files } });
  expect(problems).toEqual([
    {
      ...{ file: 'risk.yaml', line: 4, column: 20 },
      message: 'this rule can never match: no tool of this fleet is named "erp.order"',
    },
  ]);
});

describe('a second opinion is asked of a model in the shape of its API, and paid by the agent', () => {
  const RULES = `secondOpinion: [{ effects: [write], model: judge, timeout: 5s }]`;
  const model = (api: string, url: string) => `---
kind: Model
name: judge
targets: [{ provider: ${api}, model: sim, baseUrl: "${url}", price: { input: 1, output: 1 } }]
retry: { attempts: 0 }
`;
  const verdict = (value: string) => JSON.stringify({ verdict: value, confidence: 0.9, reason: 'said so' });
  const chat = (text: string) => ({
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 100, completion_tokens: 10 },
  });
  const message = (text: string) => ({
    type: 'message',
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'hm', signature: 'x' },
      { type: 'text', text },
    ],
    usage: { input_tokens: 100, output_tokens: 10 },
  });
  const candidate = (text: string) => ({
    candidates: [{ content: { role: 'model', parts: [{ text: 'hm', thought: true }, { text }] } }],
    usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 10 },
  });

  test.each([
    ['openai', chat],
    ['anthropic', message],
    ['gemini', candidate],
  ])('%s', async (api, reply) => {
    let said = 'allow';
    const judge = await serve(() => reply(verdict(said)));
    const { order, shop, reeve, lastAction } = await plane(RULES, model(api, judge.url));
    expect((await order(1, 'A')).status).toBe(200);
    expect(JSON.stringify(await lastAction())).toContain('second opinion of');
    said = 'deny';
    expect((await order(1, 'A')).code).toBe('policy_denied');
    said = 'hold';
    expect((await order(1, 'A')).code).toBe('approval_required');
    expect(shop.calls).toHaveLength(1);
    expect(judge.calls).toHaveLength(3);
    const { items } = await reeve.admin.call('budgets.list', { query: {} });
    expect(JSON.stringify(items)).toMatch(/0\.00033|330000/);
    const metrics = await (await fetch(`${reeve.url}/metrics`)).text();
    expect(metrics).toContain('reeve_second_opinions_total{verdict="deny"} 1');
  });

  test('a model that fails holds the action', async () => {
    const judge = await serve(() => undefined);
    const { order, shop } = await plane(RULES, model('openai', judge.url));
    expect((await order(1, 'A')).code).toBe('approval_required');
    expect(shop.calls).toEqual([]);
  });
});
