import { expect, it } from 'vitest';
import { agent, startCorePlane } from '../core/core-plane.ts';

const FLEET = `${agent('clerk')}---
{ kind: Model, name: open, targets: [{ provider: openai, model: gpt-x }] }
---
{ kind: Model, name: closed, targets: [{ provider: openai, model: gpt-x }] }
`;
const POLICIES = 'forbid (principal, action == Reeve::Action::"generate", resource == Reeve::Model::"closed");';

it('an agent sees no model that policies always forbid it', async () => {
  await using plane = await startCorePlane({ fleet: FLEET, policies: POLICIES });
  const headers = { authorization: `Bearer ${await plane.reeve.key('clerk')}` };
  const list = (await (await fetch(`${plane.reeve.url}/v1/models`, { headers })).json()) as { data: { id: string }[] };
  expect(list.data.map(({ id }) => id)).toEqual(['open']);
  expect((await fetch(`${plane.reeve.url}/v1/models/closed`, { headers })).status).toBe(404);
});
