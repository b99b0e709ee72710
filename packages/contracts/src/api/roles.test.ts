import { expect, test } from 'vitest';
import type { z } from 'zod';
import type { Route } from './route.ts';
import { API_ROUTES } from './routes.ts';

const routes = Object.entries<Route>(API_ROUTES);
const withRole = (role: string) => routes.flatMap(([name, route]) => (route.role === role ? [name] : []));

// INVARIANT: a person sees one workspace. The server compares it with the one that a request names, so a request must name one.
test('what others than the admin may ask is about one workspace', () => {
  for (const [name, { role, query }] of routes)
    if (role !== undefined && role !== 'admin')
      expect([name, Object.keys((query as z.ZodObject).shape)]).toEqual([name, expect.arrayContaining(['workspace'])]);
});

// Literals on purpose: whoever adds one decides that people without the admin token may do it.
test('people may ask these, by the least role that may', () => {
  expect(withRole('viewer').sort()).toEqual([
    'actions.list',
    'agents.get',
    'agents.list',
    'approvals.metrics',
    'budgets.list',
    'costs.list',
    'grants.list',
    'policies.list',
    'runs.get',
    'runs.list',
    'stops.list',
    'tools.list',
    'whoCan.query',
  ]);
  expect(withRole('approver').sort()).toEqual([
    'approvals.approve',
    'approvals.deny',
    'approvals.events',
    'approvals.get',
    'approvals.grant',
    'approvals.list',
    'grants.revoke',
  ]);
  expect(withRole('operator').sort()).toEqual(['stops.lift', 'stops.order']);
});
