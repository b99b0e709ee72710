import type { ApprovalId } from '@reeve/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApprovalWorld, MAYA } from './__fixtures__/approval-world.ts';
import { insertApproval } from './approval-store.ts';

// As many questions as a busy server may have open, in ten workspaces.

const WORKSPACES = 10;
const EACH = 1_000;
const HOUR = 3_600_000;

let world: ApprovalWorld;
beforeEach(async () => {
  world = await ApprovalWorld.open();
});
afterEach(() => world.close());

/** Rows of questions like the one that is asked, of other agents and workspaces. */
async function askMany(): Promise<ApprovalId> {
  const id = await world.asked();
  const one = (await world.desk.show('default', id))?.approval;
  if (one === undefined) throw new Error('expected an approval');
  const number = (n: number) => n.toString().padStart(6, '0');
  for (let w = 0; w < WORKSPACES; w++) {
    const rows = Array.from({ length: EACH - 1 }, (_, n) => {
      const workspace = w === 0 ? 'default' : `w${w}`;
      const unlike = {
        id: `${id.slice(0, -6)}${number(w * EACH + n)}` as ApprovalId,
        digest: `d${n}`,
        agent: `a${n % 50}`,
      };
      return insertApproval({ ...one, ...unlike, workspace });
    });
    await world.storage.write(rows, 'process');
  }
  return id;
}

test('are there after a restart, listed in pages, decided like any other, and bounded', async () => {
  const id = await askMany();
  await world.restart();
  expect(world.desk.pending()).toBe(WORKSPACES * (EACH - 1) + 1);
  const page = await world.desk.list('w3', { limit: 501, state: 'pending' });
  expect(page).toHaveLength(501);
  await world.approve(id, MAYA);
  expect(await world.call()).toMatchObject({ kind: 'passed', by: id });
  expect(await world.call()).toMatchObject({ kind: 'waits' });
  expect(await world.call({ args: { one: 'more' } })).toMatchObject({
    kind: 'refused',
    code: 'approval_required',
    message: expect.stringContaining('too many calls wait'),
  });
});

test('that all ran out at once, while the server was down or up, are all over', async () => {
  await askMany();
  world.nowMs += HOUR;
  await world.restart();
  expect(world.desk.pending()).toBe(0);
  expect(world.events.filter((kind) => kind === 'expired')).toHaveLength(WORKSPACES * (EACH - 1) + 1);
});

test('a new fleet withdraws all of its workspace', async () => {
  await askMany();
  await world.restart();
  await world.apply(world.fleet({}));
  await expect.poll(() => world.events.filter((kind) => kind === 'withdrawn').length, { timeout: 20_000 }).toBe(EACH);
});
