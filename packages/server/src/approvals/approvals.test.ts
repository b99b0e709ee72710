import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApprovalWorld, HOLD, LEE, MAYA, OMAR } from './__fixtures__/approval-world.ts';

let world: ApprovalWorld;
beforeEach(async () => {
  world = await ApprovalWorld.open();
});
afterEach(() => world.close());

const conflict = (words: string) =>
  expect.objectContaining({ code: 'conflict', message: expect.stringContaining(words) });
const forbidden = expect.objectContaining({ code: 'forbidden' });
const HOUR = 3_600_000;

describe('one question, one use', () => {
  test('a held call waits; the same call joins it; approved, it passes once and is asked about anew after that', async () => {
    const first = await world.asked();
    expect(await world.asked()).toBe(first);
    expect(await world.approve(first)).toMatchObject({ state: 'approved', uses: 1 });
    expect(await world.call()).toMatchObject({ kind: 'passed', by: first });
    const second = await world.asked();
    expect(second).not.toBe(first);
    const events = (await world.entries()).map(({ event }) => event);
    expect(events).toEqual([
      'ledger.opened',
      'approval.requested',
      'approval.decided',
      'approval.used',
      'approval.requested',
    ]);
    expect(world.events).toEqual(['requested', 'approved', 'used', 'requested']);
  });

  test('of 50 identical calls at once exactly one passes', async () => {
    await world.approve(await world.asked());
    const ended = await Promise.all(Array.from({ length: 50 }, () => world.call()));
    expect(ended.filter(({ kind }) => kind === 'passed')).toHaveLength(1);
    for (const one of ended.filter(({ kind }) => kind !== 'passed'))
      expect(one).toMatchObject({
        kind: 'refused',
        code: 'approval_required',
        message: expect.stringContaining('used'),
      });
  });

  test('calls at once open one approval', async () => {
    const ended = await Promise.all(Array.from({ length: 20 }, () => world.call()));
    expect(new Set(ended.map((one) => (one.kind === 'waits' ? one.approval : one.kind))).size).toBe(1);
    expect(await world.desk.list('default', { limit: 10 })).toHaveLength(1);
  });

  test('an approval serves the call that was asked about, not another agent, tool, argument or workspace', async () => {
    await world.apply(world.fleet({ workspace: 'other' }));
    await world.apply(world.fleet({}));
    await world.approve(await world.asked());
    for (const other of [
      { args: { to: 'acme', cents: 501 } },
      { agent: 'auto' },
      { tool: 'bank.refund' },
      { args: { cents: '500', to: 'acme' } },
    ])
      expect(await world.call(other)).toMatchObject({ kind: 'waits' });
    expect(await world.call({ workspace: 'other' })).toMatchObject({ kind: 'waits' });
    expect(await world.call({ args: { cents: 500, to: 'acme' } })).toMatchObject({ kind: 'passed' });
  });

  test('a use that could not be recorded is no use', async () => {
    const approval = await world.asked();
    await world.approve(approval);
    world.beforeIntent = () => {
      throw new Error('the disk is gone');
    };
    await expect(world.call()).rejects.toThrow('the disk is gone');
    world.beforeIntent = () => undefined;
    expect(await world.call()).toMatchObject({ kind: 'passed', by: approval });
  });

  test('what the store says wins: used elsewhere, it is not used here', async () => {
    const approval = await world.asked();
    await world.approve(approval);
    const use = "UPDATE approval SET state = 'used', used = 1 WHERE id = ?";
    await world.storage.write([{ sql: use, params: [approval] }], 'power');
    expect(await world.call()).toMatchObject({ kind: 'refused', code: 'conflict' });
    await expect.poll(() => world.desk.recall(world.held({}))).toBeUndefined();
    expect(await world.call()).toMatchObject({ kind: 'waits' });
  });

  test('a waiting question that could not be recorded is none', async () => {
    const held = { ...world.held({}), findings: [HOLD] };
    const clearance = world.desk.clear(held, undefined);
    if (clearance.kind !== 'waits') throw new Error('expected it to wait');
    await expect(
      world.desk.decide('default', clearance.approval, MAYA, { verdict: 'deny', reason: 'no' }),
    ).rejects.toEqual(expect.objectContaining({ code: 'not_found' }));
    clearance.settled(false);
    expect(await world.asked()).not.toBe(clearance.approval);
  });

  test('a dry run asks nobody and uses nothing', async () => {
    expect(await world.call({ dryRun: true })).toMatchObject({ kind: 'refused' });
    expect(await world.desk.list('default', { limit: 10 })).toEqual([]);
    await world.approve(await world.asked());
    expect(await world.call({ dryRun: true })).toMatchObject({ kind: 'passed' });
    expect(await world.call({ dryRun: true })).toMatchObject({ kind: 'passed' });
    expect(await world.call()).toMatchObject({ kind: 'passed' });
  });

  test('held reads are told apart by their arguments', async () => {
    const read = { effect: 'read', tool: 'bank.list' } as const;
    await world.approve(await world.asked({ ...read, args: { of: 'maya' } }));
    expect(await world.call({ ...read, args: { of: 'omar' } })).toMatchObject({ kind: 'waits' });
    expect(await world.call({ ...read, args: { of: 'maya' } })).toMatchObject({ kind: 'passed' });
  });
});

describe('what people saw is what counts', () => {
  test('under another fleet an approval is void, and it says so', async () => {
    const approval = await world.asked();
    await world.approve(approval);
    await world.apply(world.fleet({}));
    const again = await world.call();
    expect(again).toMatchObject({ kind: 'waits', message: expect.stringContaining('the fleet changed') });
    expect(again).not.toMatchObject({ approval });
    expect((await world.desk.show('default', approval))?.approval.state).toBe('withdrawn');
  });

  test('a call that was judged under the fleet before is not let pass under the new one, by an approval or a grant', async () => {
    await world.approve(await world.asked());
    const grant = { forMs: HOUR, maxUses: 9, args: 'any', flow: false } as const;
    await world.approve(await world.asked({ args: { n: 0 } }), MAYA, { grant });
    const underWay = world.held({});
    const recalled = world.desk.recall(underWay);
    expect(recalled).toBeDefined();
    await world.apply(world.fleet({}));
    for (const held of [underWay, { ...underWay, args: { n: 1 }, digest: 'x', argsDigest: 'x' }])
      expect(world.desk.clear(held, held === underWay ? recalled : undefined)).toMatchObject({
        kind: 'refused',
        finding: { code: 'approval_required', message: expect.stringContaining('the fleet changed while') },
      });
  });

  test('of a call that risk holds, a rule that speaks now and did not then is a reason of its own', async () => {
    const threshold = { by: 'risk', verdict: 'hold', message: 'too risky', rule: 'risk/threshold-hold' } as const;
    const part = (rule: string, score: number) =>
      ({ by: 'risk', verdict: 'allow', message: 'x', rule, score }) as const;
    await world.approve(await world.asked({ findings: [HOLD, threshold, part('size', 40)] }));
    const more = await world.call({ findings: [HOLD, threshold, part('size', 45)], dryRun: true });
    expect(more).toMatchObject({ kind: 'passed' });
    expect(await world.call({ findings: [HOLD, threshold, part('size', 40), part('chain', 40)] })).toMatchObject({
      kind: 'waits',
      message: expect.stringContaining('not shown'),
    });
  });

  test('a pending question is withdrawn when the fleet changes, and cannot be answered any more', async () => {
    const approval = await world.asked();
    const waiting = world.desk.wait(approval, { timeoutMs: 60_000, signal: new AbortController().signal });
    await world.apply(world.fleet({}));
    expect(await waiting).toBe('withdrawn');
    await expect(world.approve(approval)).rejects.toEqual(conflict('void'));
  });

  test('a reason that people were not shown voids it; one with other numbers in it does not', async () => {
    const risk = (score: number) =>
      ({ by: 'risk', verdict: 'hold', message: `risk ${score} is at or above 60` }) as const;
    const approval = await world.asked({ findings: [HOLD, risk(61)] });
    await world.approve(approval);
    const seen = await world.call({ findings: [HOLD, risk(62)], dryRun: true });
    expect(seen).toMatchObject({ kind: 'passed', by: approval });
    const flow = {
      by: 'flow',
      verdict: 'hold',
      message: 'the address came from a web page',
      rule: 'flow:args.to',
    } as const;
    expect(await world.call({ findings: [HOLD, flow] })).toMatchObject({
      kind: 'waits',
      message: expect.stringContaining('not shown'),
    });
  });

  test('what a guardrail would leave of the arguments is what is approved', async () => {
    const redact = (args: object) => ({ ...args, note: '[card]' });
    const approval = await world.asked({ redact });
    expect((await world.desk.show('default', approval))?.content?.args).toMatchObject({ note: '[card]' });
    await world.approve(approval);
    expect(await world.call()).toMatchObject({
      kind: 'waits',
      message: expect.stringContaining('not what people were shown'),
    });
  });

  test.each([
    ['another digest', 'a'.repeat(64)],
    ['none', ''],
  ])('an approval with %s is refused', async (_what, digest) => {
    const approval = await world.asked();
    await expect(world.desk.decide('default', approval, MAYA, { verdict: 'approve', digest })).rejects.toEqual(
      conflict('digest'),
    );
    expect(await world.call()).toMatchObject({ kind: 'waits', approval });
  });

  test('edited arguments are executed in the place of the proposed ones, once, and the record says who', async () => {
    const approval = await world.asked();
    await world.approve(approval, MAYA, { args: { to: 'acme', cents: 400 } });
    const shown = await world.desk.show('default', approval);
    expect(shown?.content).toMatchObject({ args: { cents: 400 }, proposedArgs: { cents: 500 }, editedBy: MAYA.name });
    await world.restart();
    expect(await world.call()).toEqual({ kind: 'passed', by: approval, args: { to: 'acme', cents: 400 } });
    expect(await world.call()).toMatchObject({ kind: 'waits' });
    const decided = (await world.entries()).find(({ event }) => event === 'approval.decided');
    expect(decided).toMatchObject({ by: MAYA.id, edited: { digest: expect.stringMatching(/^salted-sha256:/) } });
  });

  test('edited arguments that a guardrail would change are shown again as they would be executed', async () => {
    const approval = await world.asked();
    await world.approve(approval, MAYA, { args: { to: 'acme', cents: 400, note: 'secret' } });
    const redact = (args: Readonly<Record<string, unknown>>) =>
      'note' in args ? { ...args, note: '[redacted]' } : args;
    const again = await world.asked({ redact });
    expect((await world.desk.show('default', again))?.content?.args).toMatchObject({ note: '[redacted]' });
    expect(await world.asked({ redact })).toBe(again);
    await world.approve(again);
    expect(await world.call({ redact })).toMatchObject({ kind: 'passed', args: { cents: 400, note: '[redacted]' } });
  });

  test('an edit while the call is judged is not lost, and lets nothing else pass', async () => {
    const approval = await world.asked();
    const underWay = world.held({});
    const recalled = world.desk.recall(underWay);
    await world.approve(approval, MAYA, { args: { to: 'acme', cents: 1 } });
    expect(world.desk.clear(underWay, recalled)).toMatchObject({
      kind: 'refused',
      finding: { message: expect.stringContaining('edited the arguments a moment ago') },
    });
    const ended = await Promise.all(Array.from({ length: 20 }, () => world.call()));
    expect(ended.filter(({ kind }) => kind === 'passed')).toEqual([
      { kind: 'passed', by: approval, args: { to: 'acme', cents: 1 } },
    ]);
    expect(ended.filter(({ kind }) => kind === 'refused')).toHaveLength(19);
  });

  test('nor is one of the first of two people', async () => {
    await world.apply(world.fleet({ objects: [{ name: 'two', quorum: 2 }] }));
    const approval = await world.asked();
    const [first, second] = [world.held({}), world.held({})];
    const recalled = world.desk.recall(first);
    await world.approve(approval, MAYA, { args: { to: 'acme', cents: 1 } });
    expect(world.desk.clear(first, recalled)).toMatchObject({ kind: 'waits', approval });
    const edited = world.desk.recall(second);
    await world.approve(approval, OMAR, { args: { to: 'acme', cents: 2 } });
    const held = { ...second, args: edited?.args ?? {}, argsDigest: 'of the first edit' };
    expect(world.desk.clear(held, edited)).toMatchObject({ kind: 'waits', approval });
    await world.approve(approval, MAYA);
    expect(await world.call()).toMatchObject({ kind: 'passed', args: { cents: 2 } });
  });

  test('arguments that the tool does not take are refused when they are edited', async () => {
    await world.stop();
    await world.start({
      checkArguments: (_approval, { cents }) => (cents === 500 ? undefined : 'cents: 500 only'),
    });
    const approval = await world.asked();
    await expect(world.approve(approval, MAYA, { args: { cents: 1 } })).rejects.toEqual(
      expect.objectContaining({ code: 'invalid_arguments' }),
    );
    await expect(world.approve(approval, MAYA, { args: { cents: 500, to: '\ud800' } })).rejects.toEqual(
      expect.objectContaining({ code: 'invalid_arguments' }),
    );
    expect(await world.call()).toMatchObject({ kind: 'waits', approval });
  });
});

describe('no is no', () => {
  test('a refused call stays refused with the reason until it would have run out, whatever holds then', async () => {
    const approval = await world.asked();
    await world.desk.decide('default', approval, MAYA, { verdict: 'deny', reason: 'ask finance first' });
    for (const findings of [[HOLD], []])
      expect(await world.call({ findings })).toMatchObject({
        kind: 'refused',
        code: 'approval_denied',
        message: expect.stringContaining('ask finance first'),
      });
    await world.restart();
    expect(await world.call()).toMatchObject({ kind: 'refused', code: 'approval_denied' });
    world.nowMs += HOUR;
    await world.desk.tick();
    expect(await world.call()).toMatchObject({ kind: 'waits' });
  });

  test('nobody answered: that is a no, also while nobody watched the clock', async () => {
    const [one, two] = [await world.asked(), await world.asked({ args: { n: 2 } })];
    const waiting = world.desk.wait(one, { timeoutMs: 60_000, signal: new AbortController().signal });
    world.nowMs += HOUR;
    await expect(world.approve(one)).rejects.toEqual(conflict('ran out'));
    await world.desk.tick();
    expect(await waiting).toBe('expired');
    expect((await world.desk.show('default', two))?.approval.state).toBe('expired');
    const three = await world.asked({ args: { n: 3 } });
    await world.stop();
    world.nowMs += HOUR;
    await world.start();
    expect((await world.desk.show('default', three))?.approval.state).toBe('expired');
    await expect(world.approve(three)).rejects.toEqual(conflict('ran out'));
  });

  test('an approval that came but was not used in time lets nothing pass', async () => {
    await world.approve(await world.asked());
    world.nowMs += HOUR;
    expect(await world.call()).toMatchObject({ kind: 'waits' });
  });

  test('what waits goes on waiting after a restart, and what was approved still passes', async () => {
    const [one, two] = [await world.asked(), await world.asked({ args: { n: 2 } })];
    await world.approve(two);
    await world.restart();
    expect(await world.asked()).toBe(one);
    expect(await world.call({ args: { n: 2 } })).toMatchObject({ kind: 'passed', by: two });
    await world.restart();
    expect(await world.call({ args: { n: 2 } })).toMatchObject({ kind: 'waits' });
  });

  test('too many questions are refused, and say so', async () => {
    for (let n = 0; n < 100; n++) await world.asked({ args: { n } });
    expect(await world.call({ args: { n: 100 } })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('100 calls of clerk'),
    });
    expect(await world.call({ args: { n: 5 } })).toMatchObject({ kind: 'waits' });
    expect(await world.call({ agent: 'auto' })).toMatchObject({ kind: 'waits' });
  });

  test('what is too large to be shown to a person is refused', async () => {
    const args = { text: 'x'.repeat(300_000) };
    expect(await world.call({ args })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('too large'),
    });
  });
});

describe('who decides', () => {
  test('of 50 decisions at once one counts, and the rest hear who was first', async () => {
    const approval = await world.asked();
    const digest = await world.digest(approval);
    const people = Array.from({ length: 50 }, (_, n) => ({ id: `per_${n}`, name: `p${n}@example.com` }));
    for (const { name } of people) world.approvers.add(name);
    const settled = await Promise.allSettled(
      people.map((by, n) =>
        world.desk.decide(
          'default',
          approval,
          by,
          n % 2 === 0 ? { verdict: 'approve', digest } : { verdict: 'deny', reason: 'no' },
        ),
      ),
    );
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of settled) if (one.status === 'rejected') expect(one.reason).toEqual(conflict('by p0@example.com'));
    expect((await world.entries()).filter(({ event }) => event === 'approval.decided')).toHaveLength(1);
  });

  test.each(['owner@example.com', 'Sponsor@Example.com', 'user@example.com'])(
    '%s has a part in it: may refuse, not approve',
    async (name) => {
      world.approvers.add(name);
      const approval = await world.asked({ user: 'user@example.com' });
      await expect(world.approve(approval, { id: 'per_x', name })).rejects.toEqual(forbidden);
      const denied = await world.desk.decide(
        'default',
        approval,
        { id: 'per_x', name },
        { verdict: 'deny', reason: 'no' },
      );
      expect(denied.state).toBe('denied');
    },
  );

  test.each(['ＯＷＮＥＲ@example.com', 'ow\u200bner@example.com', 'owner@exam\u00adple.com', ' owner@example.com'])(
    'the owner spelled %j is the owner',
    async (name) => {
      world.approvers.add(name);
      await expect(world.approve(await world.asked(), { id: 'per_x', name })).rejects.toEqual(forbidden);
    },
  );

  test('who approved it may not be whom it is then done for', async () => {
    await world.approve(await world.asked());
    expect(await world.call({ user: MAYA.name })).toMatchObject({
      kind: 'waits',
      message: expect.stringContaining('may no longer'),
    });
  });

  test('who may no longer approve has not approved', async () => {
    const approval = await world.asked();
    await world.approve(approval);
    world.revoked.add(MAYA.name);
    expect(await world.call()).toMatchObject({ kind: 'waits' });
  });

  test('somebody who is no approver, or of another workspace, decides nothing', async () => {
    const approval = await world.asked();
    await expect(world.approve(approval, { id: 'per_z', name: 'zoe@example.com' })).rejects.toEqual(forbidden);
    const digest = await world.digest(approval);
    const elsewhere = world.desk.decide('other', approval, MAYA, { verdict: 'approve', digest });
    await expect(elsewhere).rejects.toEqual(expect.objectContaining({ code: 'not_found' }));
    expect(await world.desk.show('other', approval)).toBeUndefined();
    expect(await world.call()).toMatchObject({ kind: 'waits', approval });
  });

  test('two people must agree, to the same arguments, and one twice is one', async () => {
    await world.apply(
      world.fleet({ objects: [{ name: 'two', quorum: 2, approvers: [MAYA.name, OMAR.name, LEE.name] }] }),
    );
    const approval = await world.asked();
    expect(await world.approve(approval, MAYA)).toMatchObject({ state: 'pending' });
    expect(await world.approve(approval, { ...MAYA, name: 'MAYA@example.com' })).toMatchObject({ state: 'pending' });
    expect(await world.approve(approval, OMAR, { args: { to: 'acme', cents: 1 } })).toMatchObject({ state: 'pending' });
    expect(await world.call()).toMatchObject({ kind: 'waits', approval });
    await world.restart();
    expect(await world.approve(approval, LEE)).toMatchObject({ state: 'approved' });
    expect(await world.call()).toMatchObject({ kind: 'passed', args: { cents: 1 } });
  });

  test('votes at once are all counted', async () => {
    await world.apply(world.fleet({ objects: [{ name: 'three', quorum: 3 }] }));
    const approval = await world.asked();
    const states = await Promise.all([MAYA, OMAR, LEE].map((by) => world.approve(approval, by)));
    expect(states.map(({ state }) => state).sort()).toEqual(['approved', 'pending', 'pending']);
    expect(await world.call()).toMatchObject({ kind: 'passed' });
  });

  test('unanswered, it goes to more people, once', async () => {
    const escalate = [{ after: '10m', to: [LEE.name] }];
    await world.apply(world.fleet({ objects: [{ name: 'one', approvers: [MAYA.name], escalate }] }));
    const approval = await world.asked();
    await expect(world.approve(approval, LEE)).rejects.toEqual(forbidden);
    world.nowMs += 600_000;
    await world.desk.tick();
    await world.desk.tick();
    expect(world.events.filter((kind) => kind === 'escalated')).toHaveLength(1);
    await world.restart();
    expect(await world.approve(approval, LEE)).toMatchObject({ state: 'approved' });
  });
});

describe('a clock that is set back', () => {
  test('gives nobody more time to decide, to use an approval, or to use a grant', async () => {
    const grant = { forMs: HOUR, maxUses: 9, args: 'any', flow: false } as const;
    await world.approve(await world.asked({ tool: 'bank.granted' }), MAYA, { grant });
    const approved = await world.asked();
    await world.approve(approved);
    const pending = await world.asked({ args: { n: 1 } });
    world.steadyMs += HOUR;
    world.nowMs -= HOUR;
    await expect(world.approve(pending)).rejects.toEqual(conflict('ran out'));
    expect(await world.call()).toMatchObject({ kind: 'waits' });
    expect(await world.call({ tool: 'bank.granted', args: { n: 2 } })).toMatchObject({ kind: 'waits' });
    await world.desk.tick();
    for (const id of [approved, pending])
      expect((await world.desk.show('default', id))?.approval.state).toBe('expired');
  });

  test('revives nothing that is over, in this process or the next', async () => {
    const approval = await world.asked();
    await world.approve(approval);
    world.nowMs += HOUR;
    await world.desk.tick();
    world.nowMs -= HOUR;
    expect(await world.call()).toMatchObject({ kind: 'waits' });
    await world.restart();
    expect((await world.desk.show('default', approval))?.approval.state).toBe('expired');
    expect(await world.call()).toMatchObject({ kind: 'waits' });
  });
});

describe('equal requests', () => {
  test('within the batch they are one question with a count, and as many pass as the approver saw', async () => {
    await world.apply(world.fleet({ objects: [{ name: 'batch', batch: '1m' }] }));
    const approval = await world.asked({ run: 'run_1' });
    for (const run of ['run_2', 'run_3', 'run_2']) expect(await world.asked({ run })).toBe(approval);
    expect((await world.desk.show('default', approval))?.approval.requests).toBe(3);
    await world.approve(approval, MAYA, { count: 2 });
    const ended = await Promise.all(['run_1', 'run_2', 'run_3'].map((run) => world.call({ run })));
    expect(ended.map(({ kind }) => kind)).toEqual(['passed', 'passed', 'refused']);
    expect(await world.call()).toMatchObject({ kind: 'waits' });
  });

  test('of two people each must have seen as many', async () => {
    await world.apply(world.fleet({ objects: [{ name: 'batch', batch: '1m', quorum: 2 }] }));
    const approval = await world.asked({ run: 'run_1' });
    await world.approve(approval, MAYA, { count: 1 });
    await world.asked({ run: 'run_2' });
    expect(await world.approve(approval, OMAR, { count: 2 })).toMatchObject({ state: 'approved', uses: 1 });
  });

  test('nobody approves more than were asked for, and after the batch a call is only a retry', async () => {
    await world.apply(world.fleet({ objects: [{ name: 'batch', batch: '1m' }] }));
    const approval = await world.asked({ run: 'run_1' });
    world.nowMs += 60_000;
    expect(await world.asked({ run: 'run_2' })).toBe(approval);
    expect(await world.approve(approval, MAYA, { count: 50 })).toMatchObject({ uses: 1 });
  });
});

describe('grants', () => {
  const grant = { forMs: HOUR, maxUses: 2, args: 'any', flow: false } as const;

  test('a grant lets its number of calls pass, within its amount, and is then over', async () => {
    const approval = await world.asked({ amount: 5 });
    await world.approve(approval, MAYA, { grant });
    expect(await world.call({ amount: 5 })).toMatchObject({ kind: 'passed', by: approval });
    expect(await world.call({ amount: 6 })).toMatchObject({ kind: 'waits' });
    expect(await world.call({ args: { n: 0 } })).toMatchObject({ kind: 'waits' });
    const ended = await Promise.all(
      Array.from({ length: 10 }, (_, n) => world.call({ args: { n: n + 1 }, amount: 4 })),
    );
    expect(ended.filter(({ kind }) => kind === 'passed')).toHaveLength(2);
    await world.restart();
    expect(await world.call({ args: { n: 99 }, amount: 4 })).toMatchObject({ kind: 'waits' });
    const events = (await world.entries()).map(({ event }) => event);
    expect(events).toContain('grant.created');
    expect(events.filter((event) => event === 'grant.used')).toHaveLength(2);
  });

  test.each([
    ['another agent', { agent: 'auto' }],
    ['another tool', { tool: 'bank.refund' }],
    ['a value that must be the same', { args: { to: 'evil', cents: 1 } }],
    [
      'the flow of information',
      { args: { to: 'acme', cents: 1 }, findings: [{ by: 'flow', verdict: 'hold', message: 'x', rule: 'f' } as const] },
    ],
    ['missing facts', { args: { to: 'acme', cents: 1 }, findings: [{ ...HOLD, waitsFor: 'facts' } as const] }],
  ])('a grant does not release %s', async (_what, call) => {
    await world.approve(await world.asked(), MAYA, { grant: { ...grant, args: { 'args.to': 'acme' } } });
    await world.call();
    expect(await world.call(call)).toMatchObject({ kind: 'waits' });
    expect(await world.call({ args: { to: 'acme', cents: 7 } })).toMatchObject({ kind: 'passed' });
  });

  test.each([
    ['a reason that its maker never saw', { findings: [HOLD, { ...HOLD, rule: 'other.cedar#1' }] }],
    [
      'a risk that its maker never saw',
      { findings: [HOLD, { by: 'risk', verdict: 'hold', message: 'risky' } as const] },
    ],
    ['another effect', { effect: 'delete' as const }],
    ['an amount, where the call that was approved had none', { amount: 1 }],
    ['no amount that counts', { amount: Number.NaN }],
  ])('nor %s', async (_what, call) => {
    await world.approve(await world.asked(), MAYA, { grant });
    await world.call();
    expect(await world.call({ args: { n: 1 }, ...call })).toMatchObject({ kind: 'waits' });
    expect(await world.call({ args: { n: 2 } })).toMatchObject({ kind: 'passed' });
  });

  test.each([
    [5, [0, 5], [-0.01, 5.01, Number.NaN, undefined]],
    [-5, [-5, 0], [-5.01, 0.01, -1_000_000, undefined]],
  ])('an amount of %d grants %j and not %j', async (amount, within, beyond) => {
    await world.approve(await world.asked({ amount }), MAYA, { grant: { ...grant, maxUses: 9 } });
    await world.call({ amount });
    let n = 0;
    const kindOf = async (other: number | undefined) => {
      const more = other === undefined ? {} : { amount: other };
      return (await world.call({ args: { n: n++ }, ...more })).kind;
    };
    for (const other of within) expect([other, await kindOf(other)]).toEqual([other, 'passed']);
    for (const other of beyond) expect([other, await kindOf(other)]).toEqual([other, 'waits']);
  });

  test('what it is bound to outlives the process', async () => {
    await world.approve(await world.asked({ amount: 5 }), MAYA, { grant });
    await world.restart();
    expect(await world.call({ args: { n: 1 }, amount: 5, effect: 'delete' })).toMatchObject({ kind: 'waits' });
    expect(await world.call({ args: { n: 2 }, amount: 5 })).toMatchObject({ kind: 'passed' });
  });

  test('it ends with its time, when it is revoked, and with its maker', async () => {
    const call = (n: number) => world.call({ args: { n } });
    await world.approve(await world.asked(), MAYA, { grant: { ...grant, maxUses: 9 } });
    expect(await call(1)).toMatchObject({ kind: 'passed' });
    world.revoked.add(MAYA.name);
    expect(await call(2)).toMatchObject({ kind: 'waits' });
    world.revoked.clear();
    expect(await call(3)).toMatchObject({ kind: 'passed' });
    const [made] = await world.desk.grants('default', undefined, 10);
    if (made === undefined) throw new Error('expected a grant');
    await expect(world.desk.revokeGrant('other', made.id, MAYA)).rejects.toEqual(
      expect.objectContaining({ code: 'not_found' }),
    );
    await world.desk.revokeGrant('default', made.id, OMAR);
    expect(await call(4)).toMatchObject({ kind: 'waits' });
    expect((await world.entries()).at(-2)).toMatchObject({ event: 'grant.revoked', by: OMAR.id });
    await world.approve(await world.asked({ args: { n: 5 } }), MAYA, { grant });
    world.nowMs += HOUR;
    expect(await call(6)).toMatchObject({ kind: 'waits' });
  });

  test('one person grants nothing that takes two', async () => {
    const approval = await world.asked();
    await world.approve(approval, MAYA, { grant });
    await world.apply(world.fleet({ objects: [{ name: 'two', quorum: 2 }] }));
    const next = await world.asked({ args: { n: 1 } });
    await expect(world.approve(next, MAYA, { grant })).rejects.toEqual(forbidden);
  });

  test.each([
    ['longer than 30 days', { forMs: 31 * 24 * HOUR }],
    ['no time', { forMs: 0 }],
    ['a value that the call does not have', { args: { 'args.to': 'evil' } }],
    ['no values', { args: {} }],
    ['a path that is none', { args: { to: 'acme' } }],
    ['a highest amount of a call that has none', { maxAmount: 5 }],
    ['no number of uses', { maxUses: Number.NaN }],
    ['uses without end', { maxUses: Infinity }],
    ['no number of milliseconds', { forMs: Number.NaN }],
  ])('%s is refused', async (_what, more) => {
    const approval = await world.asked();
    const made = world.approve(approval, MAYA, { grant: { ...grant, ...more } });
    await expect(made).rejects.toEqual(expect.objectContaining({ code: 'invalid_request' }));
    expect(await world.desk.grants('default', undefined, 10)).toEqual([]);
  });
});

test('waiting ends with the decision, the time or the caller', async () => {
  const approval = await world.asked();
  const caller = new AbortController();
  const never = new AbortController().signal;
  const waits = [
    world.desk.wait(approval, { timeoutMs: 60_000, signal: never }),
    world.desk.wait(approval, { timeoutMs: 1, signal: never }),
    world.desk.wait(approval, { timeoutMs: 60_000, signal: caller.signal }),
  ];
  caller.abort();
  expect(await waits[1]).toBe('pending');
  expect(await waits[2]).toBe('pending');
  await world.approve(approval);
  expect(await waits[0]).toBe('approved');
  expect(await world.desk.wait(approval, { timeoutMs: 1, signal: never })).toBe('approved');
});

test('nothing personal is in the ledger or in the rows', async () => {
  const secret = 'a-value-nobody-should-find';
  const approval = await world.asked({ args: { to: secret }, user: `${secret}@example.com` });
  await world.approve(approval, MAYA, { args: { to: `${secret}-too` } });
  await world.call({ args: { to: secret } });
  expect(JSON.stringify(await world.entries())).not.toContain(secret);
  expect(JSON.stringify(await world.entries())).not.toContain('@example.com');
  const rows = await world.storage.read<Record<string, string>>('SELECT * FROM approval');
  expect(JSON.stringify(rows.map(({ terms: _terms, ...row }) => row))).not.toContain(secret);
});

test('what was decided is forgotten after 90 days, but not by the ledger', async () => {
  const [old, waiting] = [await world.asked(), await world.asked({ args: { n: 1 } })];
  await world.approve(old);
  world.nowMs += 90 * 24 * HOUR + 1;
  await world.desk.tick();
  const young = await world.asked({ args: { n: 2 } });
  world.nowMs += HOUR;
  await world.desk.tick();
  const kept = await world.desk.list('default', { limit: 10 });
  expect(kept.map(({ id }) => id)).toEqual([young]);
  expect(await world.storage.read('SELECT * FROM approval_vote')).toEqual([]);
  const asked = (await world.entries()).filter(({ event }) => event === 'approval.requested');
  expect(asked).toMatchObject([{ approval: old }, { approval: waiting }, { approval: young }]);
});
