import { expect, it } from 'vitest';
import * as door from './index.ts';

// Literals on purpose: whoever turns one red decides about outsiders who rely on it, and never just adjusts the test.

it('what waiting does not help never has a status that SDKs retry; but for conflicts, which only the control API knows', () => {
  const misread = Object.entries(door.ERRORS).filter(
    ([, { status, retryable }]) => !retryable && (status >= 500 || [408, 409, 429].includes(status)),
  );
  expect(misread.map(([code]) => code)).toEqual(['conflict']);
});

it('error codes have these statuses', () => {
  expect(
    Object.fromEntries(
      Object.entries(door.ERRORS).map(([code, { status, retryable }]) => [
        code,
        retryable ? [status, 'retry'] : status,
      ]),
    ),
  ).toEqual({
    unauthenticated: 401,
    forbidden: 403,
    invalid_request: 400,
    invalid_arguments: 400,
    invalid_fleet: 400,
    request_timeout: [408, 'retry'],
    payload_too_large: 413,
    unsupported_media_type: 415,
    not_found: 404,
    method_not_allowed: 405,
    unknown_model: 404,
    unknown_tool: 404,
    policy_denied: 403,
    approval_required: 403,
    approval_denied: 403,
    guardrail_blocked: 403,
    withheld: 403,
    budget_exceeded: 403,
    price_unknown: 403,
    missing_tag: 403,
    limit_exceeded: 403,
    rate_limited: [429, 'retry'],
    agent_suspended: 403,
    run_stopped: 403,
    tool_stopped: 403,
    credential_stopped: 403,
    definition_changed: 403,
    destination_denied: 403,
    idempotency_mismatch: 400,
    action_in_progress: 403,
    outcome_unknown: 403,
    fail_closed: 403,
    conflict: 409,
    overloaded: [503, 'retry'],
    upstream_failed: [502, 'retry'],
    upstream_unavailable: [503, 'retry'],
    upstream_timeout: [504, 'retry'],
    internal: [500, 'retry'],
  });
});

it('an action ends in one of these ways', () => {
  expect(Object.keys(door.OUTCOMES)).toEqual([
    'succeeded',
    'unknown_caller',
    'suspended',
    'over_limit',
    'over_budget',
    'invalid',
    'blocked',
    'simulated',
    'denied',
    'held',
    'failed_closed',
    'upstream_failed',
    'timed_out',
    'withheld',
    'stopped',
    'aborted',
    'interrupted',
  ]);
});

it('ids begin with these', () => {
  const begin = (noun: door.IdNoun) => door.makeId(noun, 0, new Uint8Array(10)).split('_')[0];
  const nouns: Record<door.IdNoun, string> = {
    agent: 'agt',
    run: 'run',
    action: 'act',
    approval: 'apr',
    grant: 'grt',
    person: 'per',
    credential: 'key',
    payload: 'pld',
    stop: 'stp',
    backtest: 'bkt',
    token: 'tok',
  };
  for (const [noun, prefix] of Object.entries(nouns)) expect(begin(noun as door.IdNoun)).toBe(prefix);
  expect(door.makeId('run', 1_790_000_000_000, new Uint8Array(10).fill(255))).toBe('run_1m3250v00zzzzzzzzzzzzzzzz');
});

it('verdicts, effects, kinds, grades, tags and contributors are these', () => {
  expect(door.VERDICTS).toEqual(['allow', 'modify', 'hold', 'deny']);
  expect(door.EFFECTS).toEqual(['read', 'write', 'delete', 'send', 'export', 'pay', 'deploy', 'execute', 'grant']);
  expect(door.ACTION_KINDS).toEqual(['model.generate', 'tool.call', 'agent.message', 'task.start']);
  expect(door.GRADES).toEqual(['executed', 'proxied', 'advised']);
  expect(door.TAGS).toEqual(['feature', 'user', 'session', 'run', 'reason']);
  expect(door.CONTRIBUTORS).toEqual([
    'identity',
    'stop',
    'tags',
    'limits',
    'budget',
    'schema',
    'guardrail',
    'policy',
    'risk',
    'flow',
    'approval',
    'ledger',
  ]);
});

it('a fleet has these kinds of objects', () => {
  expect(Object.keys(door.FLEET_KINDS)).toEqual([
    'Workspace',
    'Agent',
    'ToolServer',
    'Model',
    'Secret',
    'Budget',
    'Guardrails',
    'RiskRules',
    'Approvals',
  ]);
  expect(door.LATER_FLEET_KINDS).toEqual(['Peer', 'Sink']);
});

it('the control API has these routes', () => {
  expect(Object.entries(door.API_ROUTES).map(([name, { method, path }]) => `${name}: ${method} ${path}`)).toEqual([
    'fleet.plan: POST /api/fleet/plan',
    'fleet.apply: POST /api/fleet/apply',
    'fleet.export: GET /api/fleet/export',
    'fleet.versions: GET /api/fleet/versions',
    'fleet.rollback: POST /api/fleet/rollback',
    'agents.list: GET /api/agents',
    'agents.get: GET /api/agents/:agent',
    'shadows.list: GET /api/shadow-agents',
    'whoCan.query: GET /api/who-can',
    'policies.list: GET /api/policies',
    'guardrails.list: GET /api/guardrails/checks',
    'backtests.start: POST /api/policies/backtests',
    'backtests.get: GET /api/policies/backtests/:backtest',
    'backtests.cancel: DELETE /api/policies/backtests/:backtest',
    'keys.list: GET /api/keys',
    'keys.create: POST /api/keys',
    'keys.rotate: POST /api/keys/:key/rotate',
    'keys.revoke: DELETE /api/keys/:key',
    'stops.list: GET /api/stops',
    'stops.order: POST /api/stops',
    'stops.lift: POST /api/stops/lift',
    'tools.list: GET /api/tools',
    'tools.review: GET /api/tools/review',
    'tools.approve: POST /api/tools/approve',
    'runs.list: GET /api/runs',
    'runs.get: GET /api/runs/:run',
    'actions.list: GET /api/actions',
    'actions.get: GET /api/actions/:action',
    'budgets.list: GET /api/budgets',
    'costs.list: GET /api/costs',
    'audit.status: GET /api/audit/status',
    'audit.entries: GET /api/audit/entries',
    'audit.receipt: GET /api/audit/receipts/:index',
    'status.get: GET /api/status',
    'approvals.list: GET /api/approvals',
    'approvals.metrics: GET /api/approvals/metrics',
    'approvals.events: GET /api/approvals/events',
    'approvals.get: GET /api/approvals/:approval',
    'approvals.approve: POST /api/approvals/:approval/approve',
    'approvals.deny: POST /api/approvals/:approval/deny',
    'approvals.grant: POST /api/approvals/:approval/grant',
    'grants.list: GET /api/grants',
    'grants.revoke: DELETE /api/grants/:grant',
    'tokens.list: GET /api/people/tokens',
    'tokens.create: POST /api/people/tokens',
    'tokens.revoke: DELETE /api/people/tokens/:token',
  ]);
});

it('the package exports these values', () => {
  expect(Object.keys(door).sort()).toEqual([
    'ACTION_KINDS',
    'API_ROUTES',
    'API_SHAPES',
    'CONTRIBUTORS',
    'EFFECTS',
    'ERRORS',
    'FLEET_KINDS',
    'GRADES',
    'GUARDRAIL_ACTIONS',
    'GUARDRAIL_PLACES',
    'LATER_FLEET_KINDS',
    'MAX_FLEET_FILES',
    'NANO_PER_USD',
    'OUTCOMES',
    'PERSON_ROLES',
    'ROLES',
    'TAGS',
    'VERDICTS',
    'agentSchema',
    'approvalsSchema',
    'budgetSchema',
    'durationMs',
    'fleetAppliedSchema',
    'fleetObjectSchema',
    'fleetPlanSchema',
    'fleetSourceSchema',
    'fleetVersionSchema',
    'formatUsd',
    'guardrailsSchema',
    'hasOnlyDeclaredTools',
    'idSchema',
    'isErrorCode',
    'isId',
    'locatedProblemSchema',
    'makeId',
    'modelSchema',
    'nameSchema',
    'openApiDocument',
    'policyTestSchema',
    'priceSchema',
    'riskRulesSchema',
    'secretSchema',
    'toolServerSchema',
    'usdToNano',
    'workspaceSchema',
  ]);
});
