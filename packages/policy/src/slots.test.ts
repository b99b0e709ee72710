import { expect, test } from 'vitest';
import { statefulIsAuthorized } from './cedar.ts';
import { compilePolicies } from './compile-policies.ts';
import type { Policy } from './policy.ts';
import { Slots } from './slots.ts';

async function policiesFor(owner: number, count = 1): Promise<readonly Policy[]> {
  const text = `permit(principal == Reeve::Agent::"a${owner}", action, resource);`;
  return (await compilePolicies([{ path: 'p.cedar', text: text.repeat(count) }])).policies;
}

function allows(slot: string, owner: number): boolean {
  const answer = statefulIsAuthorized({
    principal: { type: 'Reeve::Agent', id: `a${owner}` },
    action: { type: 'Reeve::Action', id: 'call' },
    resource: { type: 'Reeve::Tool', id: 's.t' },
    context: {},
    preparsedPolicySetId: slot,
    entities: [],
  });
  return answer.type === 'success' && answer.response.decision === 'allow';
}

test('many owners share few names, and each finds its own policies', async () => {
  const slots = new Slots('few-', { slots: 3, policies: 100 });
  for (let round = 0; round < 3; round++) {
    for (let owner = 1; owner <= 10; owner++) {
      const name = slots.nameFor(owner, await policiesFor(owner));
      expect([allows(name, owner), allows(name, owner - 1)]).toEqual([true, false]);
      expect(slots.nameFor(owner, [])).toBe(name);
    }
  }
  expect(slots.size).toBe(3);
});

test('large sets empty the oldest slots, so that memory stays bounded', async () => {
  const slots = new Slots('large-', { slots: 10, policies: 10 });
  const first = slots.nameFor(1, await policiesFor(1, 6));
  slots.nameFor(2, await policiesFor(2, 6));
  expect(allows(first, 1)).toBe(false);
  expect(allows(slots.nameFor(1, await policiesFor(1, 6)), 1)).toBe(true);
});

test('a set that does not parse leaves no other set in force under its name', async () => {
  const slots = new Slots('broken-', { slots: 1, policies: 10 });
  slots.nameFor(1, await policiesFor(1));
  const [policy] = await policiesFor(2);
  expect(() => slots.nameFor(2, [{ ...(policy as Policy), text: 'not a policy' }])).toThrow(/did not parse/);
  expect(allows(slots.nameFor(3, await policiesFor(3)), 1)).toBe(false);
});
