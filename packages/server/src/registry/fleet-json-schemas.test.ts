import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { fleetJsonSchemas } from './fleet-json-schemas.ts';

const schemas = fleetJsonSchemas();
const compiled = new Ajv2020({ strict: false, validateFormats: false }).compile(schemas['fleet.schema.json'] ?? {});

test('one schema per kind and one for all', () => {
  expect(Object.keys(schemas)).toEqual(
    [
      'Workspace',
      'Agent',
      'ToolServer',
      'Model',
      'Secret',
      'Budget',
      'Guardrails',
      'RiskRules',
      'Approvals',
      'fleet',
    ].map((name) => `${name}.schema.json`),
  );
});

test.each([
  ['{ kind: Agent, name: a, owner: m@example.com, purpose: x, reviewed: { at: 2026-11-01, every: 90d } }', true],
  ['{ kind: Agent, name: a, owner: m@example.com, purpose: x, reviewed: { at: soon, every: 90d } }', false],
  ['{ kind: Agent, name: a, owner: m@example.com, purpsoe: x }', false],
  ['{ kind: Secret, name: k, from: { env: X } }', true],
  ['{ kind: Secret, name: k, from: { env: X }, risk: low }', false],
  ['{ kind: ToolServer, name: t, transport: { stdio: [x] }, tools: { "a b": {} } }', false],
  [
    '{ kind: Model, name: m, targets: [{ provider: p, model: q }], retry: { attempts: 2, on: [429, 5xx, timeout] } }',
    true,
  ],
])('%s: %s', (text, valid) => {
  expect(compiled(parse(text))).toBe(valid);
});
