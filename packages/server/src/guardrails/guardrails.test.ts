import { type Agent, agentSchema, guardrailsSchema, workspaceSchema } from '@reeve/contracts';
import { expect, test } from 'vitest';
import type { Fleet } from '../registry/index.ts';
import { Guardrails } from './guardrails.ts';

function fleet(agents: readonly Partial<Agent>[], objects: readonly unknown[], workspace = 'default'): Fleet {
  const parsed = agents.map((agent) =>
    agentSchema.parse({ kind: 'Agent', owner: 'maya@example.com', purpose: 'test', ...agent }),
  );
  const guardrails = objects.map((object) => guardrailsSchema.parse({ ...(object as object), kind: 'Guardrails' }));
  return {
    workspace,
    version: 'sha256:0',
    settings: workspaceSchema.parse({ kind: 'Workspace', name: workspace }),
    agents: new Map(parsed.map((agent) => [agent.name, agent])),
    guardrails: new Map(guardrails.map((object) => [object.name, object])),
    riskRules: new Map(),
    approvals: new Map(),
    toolServers: new Map(),
    models: new Map(),
    secrets: new Map(),
    budgets: new Map(),
    policies: [],
  };
}

const part = (text: string) => [{ path: 'messages[0].content', role: 'user', text }] as const;

test('objects apply by name, prefix and the agent’s own list, at their places only', async () => {
  const guardrails = new Guardrails();
  const { problems, activate } = await guardrails.prepare(
    fleet(
      [{ name: 'support-eu' }, { name: 'refund', guardrails: ['strict'] }, { name: 'free' }],
      [
        { name: 'pii', agents: ['support-*'], checks: [{ check: 'email', on: ['input'], action: 'redact' }] },
        { name: 'strict', agents: [], checks: [{ check: 'email', on: ['arguments'] }] },
      ],
    ),
  );
  expect(problems).toEqual([]);
  expect(guardrails.checker('default', 'support-eu', 'input')).toBeUndefined();
  activate();
  expect(await guardrails.checker('default', 'support-eu', 'input')?.inspect(part('maya@example.com'))).toEqual({
    edits: [{ path: 'messages[0].content', text: '[email-1]' }],
    findings: [
      {
        by: 'guardrail',
        verdict: 'modify',
        rule: 'pii/email',
        message: 'an e-mail address was found at messages[0].content and redacted',
      },
    ],
  });
  expect(guardrails.checker('default', 'support-eu', 'output')).toBeUndefined();
  expect(guardrails.checker('default', 'refund', 'arguments')).toBeDefined();
  expect(guardrails.checker('default', 'refund', 'input')).toBeUndefined();
  expect(guardrails.checker('default', 'free', 'input')).toBeUndefined();
  expect(guardrails.checker('other', 'support-eu', 'input')).toBeUndefined();
});

test('what cannot work is a problem at its path', async () => {
  const { problems } = await new Guardrails().prepare(
    fleet(
      [{ name: 'refund', guardrails: ['missing'] }],
      [
        {
          name: 'bad',
          agents: ['refnud'],
          checks: [
            { check: 'e-mail' },
            { check: 'email', config: { allow: [] } },
            { check: 'regex', config: { pattern: '(?=a)' } },
            { check: 'regex', config: { pattern: 'a*' } },
            { check: 'max-length', action: 'redact', config: { chars: 5 } },
            { check: 'json-schema' },
            { check: 'phone', config: { country: 'ZZ' } },
          ],
        },
      ],
    ),
  );
  expect(problems.map(({ path }) => path?.join('.'))).toEqual([
    'agents.0',
    'guardrails.0',
    'checks.0.check',
    'checks.1.config',
    'checks.2.config',
    'checks.3.config',
    'checks.4.action',
    'checks.5.on',
    'checks.6.config',
  ]);
  expect(problems[2]?.message).toContain('there is no check e-mail; there are: secrets, email');
});

test('an apply replaces what was in force; the other workspace keeps its own', async () => {
  const guardrails = new Guardrails();
  const strict = [{ name: 'g', agents: ['*'], checks: [{ check: 'email' }] }];
  for (const workspace of ['a', 'b']) (await guardrails.prepare(fleet([{ name: 'x' }], strict, workspace))).activate();
  (await guardrails.prepare(fleet([{ name: 'x' }], [], 'a'))).activate();
  expect(guardrails.checker('a', 'x', 'input')).toBeUndefined();
  expect(guardrails.checker('b', 'x', 'input')).toBeDefined();
});
