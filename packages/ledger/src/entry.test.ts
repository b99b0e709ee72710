import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { decodeEntry } from './decode-entry.ts';
import { encodeEntry, MAX_ENTRY_BYTES } from './encode-entry.ts';
import { type ActionCompleted, type ActionIntended, ENTRY_EVENTS } from './entry.ts';

const intended: ActionIntended = {
  workspace: 'default',
  event: 'action.intended',
  verdict: 'allow',
  action: 'act_1',
  kind: 'tool.call',
  target: 'stripe.refund',
  effect: 'pay',
  grade: 'proxied',
  agent: 'refund',
  credential: 'key_1',
  run: 'run_2',
  rootRun: 'run_1',
  parentRun: 'run_1',
  findings: [
    { verdict: 'allow', message: 'permitted', by: 'policy', rule: 'refund.cedar#1' },
    { verdict: 'modify', message: 'redacted “€”\u2028', by: 'guardrail', code: 'guardrail_blocked' },
  ],
  fleet: 'sha256:00',
  payload: { size: 12, id: 'pld_1', digest: 'salted-sha256:00' },
  feature: 'refunds',
  tagsDigest: 'salted-sha256:01',
};
const completed: ActionCompleted = {
  workspace: 'default',
  event: 'action.completed',
  action: 'act_1',
  agent: 'refund',
  run: 'run_2',
  outcome: 'upstream_failed',
  code: 'upstream_failed',
  servedBy: 'openai/gpt-5-mini',
  attempts: 2,
  usage: {
    source: 'reported',
    inputTokens: 1,
    cacheReadTokens: 2,
    cacheWriteTokens: 3,
    cacheWrite1hTokens: 4,
    outputTokens: 5,
    reasoningTokens: 6,
  },
  costNanoUsd: 1_500,
  sideEffect: 're_1',
  result: { size: 3, id: 'pld_2', digest: 'salted-sha256:02' },
  durationMs: 1.5,
};

test('the hot shapes are written as the generic encoder writes them', () => {
  for (const body of [intended, completed]) {
    expect(encodeEntry(body, 1_760_000_000_000)).toBe(canonicalJson({ ...body, v: 1, at: 1_760_000_000_000 }));
    const bare = Object.fromEntries(
      Object.entries(body).filter(
        ([key]) => !['payload', 'result', 'usage', 'code', 'feature', 'parentRun'].includes(key),
      ),
    ) as unknown as ActionIntended;
    expect(encodeEntry(bare, 1)).toBe(canonicalJson({ ...bare, v: 1, at: 1 }));
  }
});

test('the bytes of an entry are permanent', () => {
  expect(encodeEntry(intended, 1_760_000_000_000)).toMatchInlineSnapshot(
    `"{"action":"act_1","agent":"refund","at":1760000000000,"credential":"key_1","effect":"pay","event":"action.intended","feature":"refunds","findings":[{"by":"policy","message":"permitted","rule":"refund.cedar#1","verdict":"allow"},{"by":"guardrail","code":"guardrail_blocked","message":"redacted “€” ","verdict":"modify"}],"fleet":"sha256:00","grade":"proxied","kind":"tool.call","parentRun":"run_1","payload":{"digest":"salted-sha256:00","id":"pld_1","size":12},"rootRun":"run_1","run":"run_2","tagsDigest":"salted-sha256:01","target":"stripe.refund","v":1,"verdict":"allow","workspace":"default"}"`,
  );
  expect(encodeEntry(completed, 1_760_000_000_000)).toMatchInlineSnapshot(
    `"{"action":"act_1","agent":"refund","at":1760000000000,"attempts":2,"code":"upstream_failed","costNanoUsd":1500,"durationMs":1.5,"event":"action.completed","outcome":"upstream_failed","result":{"digest":"salted-sha256:02","id":"pld_2","size":3},"run":"run_2","servedBy":"openai/gpt-5-mini","sideEffect":"re_1","usage":{"cacheReadTokens":2,"cacheWrite1hTokens":4,"cacheWriteTokens":3,"inputTokens":1,"outputTokens":5,"reasoningTokens":6,"source":"reported"},"v":1,"workspace":"default"}"`,
  );
});

test('event names are permanent', () => {
  expect(ENTRY_EVENTS.join(' ')).toMatchInlineSnapshot(
    `"ledger.opened action.intended action.completed action.refused action.interrupted fleet.applied fleet.rolled-back key.created key.rotated key.revoked stop.ordered stop.lifted tool.pinned tool.drifted tool.approved payload.erased shadow.seen approval.requested approval.decided approval.used approval.escalated approval.expired approval.withdrawn grant.created grant.used grant.revoked token.created token.revoked"`,
  );
});

test('an entry is read back as it was', () => {
  const text = encodeEntry(intended, 5);
  expect(decodeEntry(Buffer.from(text))).toEqual({ known: true, entry: { ...intended, v: 1, at: 5 } });
});

test('half a surrogate pair is replaced in every shape, and a written one is left alone', () => {
  const message = 'a\ud800b';
  const text = encodeEntry({ ...intended, findings: [{ by: 'policy', verdict: 'deny', message }] }, 1);
  expect(text).toContain('a\ufffdb');
  expect(text).toBe(Buffer.from(text).toString());
  const written = '\\ud800';
  const entry = encodeEntry({ event: 'shadow.seen', fingerprint: written, reason: message }, 1);
  expect(JSON.parse(entry)).toMatchObject({ fingerprint: written, reason: 'a\ufffdb' });
  expect(encodeEntry({ ...intended, target: written }, 1)).toBe(
    canonicalJson({ ...intended, target: written, v: 1, at: 1 }),
  );
});

test('what JSON cannot say is refused', () => {
  expect(() => encodeEntry({ ...completed, costNanoUsd: Number.NaN }, 1)).toThrow('NaN');
  expect(() => encodeEntry({ ...completed, durationMs: Number.POSITIVE_INFINITY }, 1)).toThrow('Infinity');
});

test('an entry of 65,535 bytes is taken, one more is refused, counted in UTF-8', () => {
  const sized = (bytes: number) => {
    const empty = encodeEntry({ event: 'shadow.seen', fingerprint: '', reason: '' }, 1).length;
    const rest = bytes - empty;
    return encodeEntry(
      { event: 'shadow.seen', fingerprint: 'x'.repeat(rest % 3), reason: '€'.repeat(Math.floor(rest / 3)) },
      1,
    );
  };
  expect(Buffer.byteLength(sized(MAX_ENTRY_BYTES))).toBe(MAX_ENTRY_BYTES);
  expect(() => sized(MAX_ENTRY_BYTES + 1)).toThrow('65536 bytes');
});

test.each([
  [
    { peach: 1, '\u20ac': 1, '\r': 1, '1': 1, '\ud83d\ude00': 1, '\u0080': 1, '\ufb33': 1 },
    '{"\\r":1,"1":1,"peach":1,"\u0080":1,"\u20ac":1,"\ud83d\ude00":1,"\ufb33":1}',
  ],
  [[333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0], '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]'],
  ['\u20ac$\u000f\nA\'B"\\\\"/', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
  [{ b: [null, true, { d: undefined, c: '' }], a: {} }, '{"a":{},"b":[null,true,{"c":""}]}'],
])('canonical JSON of RFC 8785: %j', (value, expected) => {
  expect(canonicalJson(value)).toBe(expected);
});

test('canonical JSON refuses what it cannot write', () => {
  for (const value of [Number.NaN, '\udc00', { '\ud800': 1 }, 1n, () => 1])
    expect(() => canonicalJson(value)).toThrow();
});
