import { expect, test } from 'vitest';
import { MemoryCoordination } from '../coordination/index.ts';
import { agentWith } from './__fixtures__/budget-fleet.ts';
import {
  type CallCounts,
  type CallFacts,
  CallLimits,
  type CallLimitsOptions,
  DEFAULT_CALL_LIMITS,
} from './call-limits.ts';

const START = Date.UTC(2026, 10, 20, 12);
const LIMITS = {
  toolCallsPerRun: 3,
  toolCallsPerMinute: 5,
  modelCallsPerRun: 2,
  retriesPerCall: 1,
  wallClockPerRun: '10m',
};

function limitsWith(more: Partial<CallLimitsOptions> = {}): CallLimits {
  const countCalls = async () => ({ model: 0, tool: 0 });
  return new CallLimits({ coordination: new MemoryCoordination(), countCalls, now: () => START, ...more });
}

const refund = agentWith('refund', { limits: LIMITS });

function facts(more: Partial<CallFacts> = {}): CallFacts {
  const run = { id: 'run_1', startedAtMs: START + 1 };
  return { workspace: 'main', agent: refund, run, kind: 'tool', fingerprint: undefined, atMs: START + 10, ...more };
}

const runNamed = (id: string) => ({ id, startedAtMs: START + 1 });
const codes = async (limits: CallLimits, ...all: CallFacts[]) => {
  const found = [];
  for (const one of all) found.push((await limits.admit(one))[0]?.code ?? 'ok');
  return found;
};

test('calls of a run are counted by kind, and the refusal says whom to ask', async () => {
  const limits = limitsWith();
  expect(await codes(limits, facts(), facts(), facts(), facts())).toEqual(['ok', 'ok', 'ok', 'limit_exceeded']);
  expect(await codes(limits, facts({ kind: 'model' }), facts({ run: runNamed('run_2') }))).toEqual(['ok', 'ok']);
  expect(await limits.admit(facts())).toEqual([
    {
      by: 'limits',
      verdict: 'deny',
      code: 'limit_exceeded',
      rule: 'toolCallsPerRun',
      message:
        'a run may make 3 tool calls of agent refund; start a new run, or ask maya@example.com to raise limits.toolCallsPerRun',
    },
  ]);
});

test('a minute is full for all runs of the agent, for nobody else, and turns', async () => {
  const limits = limitsWith();
  const run = (id: string, atMs = START + 30_000) => facts({ run: runNamed(id), atMs });
  const five = [run('run_1'), run('run_1'), run('run_2'), run('run_2'), run('run_3')];
  expect(await codes(limits, ...five, run('run_4'))).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'rate_limited']);
  expect((await limits.admit(run('run_4')))[0]?.retryAfterSeconds).toBe(30);
  const elsewhere = { ...run('run_9'), workspace: 'other' };
  const other = { ...run('run_8'), agent: agentWith('other', { limits: LIMITS }) };
  expect(await codes(limits, elsewhere, other, run('run_4', START + 60_000))).toEqual(['ok', 'ok', 'ok']);
});

test('what a full minute refuses is not counted against the run', async () => {
  const limits = limitsWith();
  const agent = agentWith('refund', { limits: { ...LIMITS, toolCallsPerMinute: 1 } });
  const at = (atMs: number) => facts({ agent, atMs, fingerprint: 'same' });
  expect(await codes(limits, at(START + 10), at(START + 20), at(START + 30))).toEqual([
    'ok',
    'rate_limited',
    'rate_limited',
  ]);
  expect(await codes(limits, at(START + 60_000), at(START + 120_000))).toEqual(['ok', 'limit_exceeded']);
});

test('identical calls may be repeated as often as the limit says', async () => {
  const limits = limitsWith();
  const call = (fingerprint: string) => facts({ fingerprint });
  const long = `stripe.refund ${'x'.repeat(10_000)}`;
  expect(await codes(limits, call(long), call(long), call(long), call('other'))).toEqual([
    'ok',
    'ok',
    'limit_exceeded',
    'ok',
  ]);
});

test('a run ends with its wall clock', async () => {
  const late = facts({ atMs: START + 600_002 });
  expect((await limitsWith().admit(late))[0]).toMatchObject({ code: 'limit_exceeded', rule: 'wallClockPerRun' });
});

test('a run of before a restart is counted from the records, once, for all who wait', async () => {
  let asked = 0;
  const countCalls = async (workspace: string, run: string): Promise<CallCounts> => {
    expect([workspace, run]).toEqual(['main', 'run_old']);
    asked += 1;
    return { model: 0, tool: 1 };
  };
  const limits = limitsWith({ countCalls });
  const old = facts({ run: { id: 'run_old', startedAtMs: START - 1_000 } });
  const found = await Promise.all(Array.from({ length: 10 }, () => limits.admit(old)));
  expect(found.filter((findings) => findings.length === 0)).toHaveLength(2);
  expect(asked).toBe(1);
  expect(limits.admit(facts())).toEqual([]);
});

test('records that cannot be read refuse, and the next call asks again', async () => {
  let broken = true;
  const countCalls = async () => {
    if (broken) throw new Error('database gone');
    return { model: 0, tool: 0 };
  };
  const limits = limitsWith({ countCalls });
  const old = facts({ run: { id: 'run_old', startedAtMs: START - 1_000 } });
  await expect(limits.admit(old)).rejects.toThrow('database gone');
  broken = false;
  expect(await limits.admit(old)).toEqual([]);
});

test('a forgotten run is counted from the records again', async () => {
  const limits = limitsWith({ maxRuns: 2, countCalls: async () => ({ model: 0, tool: 3 }) });
  const run = (index: number) => facts({ run: { id: `run_${index}`, startedAtMs: START + index } });
  expect(await codes(limits, run(1), run(2), run(3))).toEqual(['ok', 'ok', 'ok']);
  expect(await codes(limits, run(1))).toEqual(['limit_exceeded']);
});

test('200 concurrent calls pass exactly as many as a shared counter allows', async () => {
  const memory = new MemoryCoordination();
  const countInWindow: MemoryCoordination['countInWindow'] = (...args) => memory.countInWindow(...args);
  const coordination = { countInWindow: async (...args: Parameters<typeof countInWindow>) => countInWindow(...args) };
  const limits = limitsWith({ coordination });
  const agent = agentWith('refund', { limits: { toolCallsPerMinute: 50, toolCallsPerRun: 40 } });
  const run = (index: number) => facts({ agent, run: runNamed(`run_${index % 2}`) });
  const found = await Promise.all(Array.from({ length: 200 }, (_, index) => limits.admit(run(index))));
  expect(found.filter((findings) => findings.length === 0)).toHaveLength(50);
});

test('an agent that sets no limits has the defaults', async () => {
  const agent = agentWith('new', { limits: { toolCallsPerRun: undefined } });
  const limits = limitsWith();
  const all = Array.from({ length: DEFAULT_CALL_LIMITS.toolCallsPerMinute + 1 }, () => facts({ agent }));
  expect((await codes(limits, ...all)).filter((code) => code !== 'ok')).toEqual(['rate_limited']);
  expect(DEFAULT_CALL_LIMITS).toMatchInlineSnapshot(`
    {
      "modelCallsPerMinute": 300,
      "modelCallsPerRun": 500,
      "retriesPerCall": 10,
      "toolCallsPerMinute": 120,
      "toolCallsPerRun": 200,
      "wallClockPerRun": "4h",
    }
  `);
});
