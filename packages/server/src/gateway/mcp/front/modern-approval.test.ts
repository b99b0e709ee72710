import { beforeEach, expect, test } from 'vitest';
import { newId } from '../../../lib/index.ts';
import type { CompletedAction } from '../../action.ts';
import type { Propose, Wait, Waited } from '../../waiting-pipeline.ts';
import { StateSeal } from '../operation/sealed-state.ts';
import type { JsonObject } from '../wire/json-rpc.ts';
import type { FrontParts, Incoming } from './front-parts.ts';
import type { McpCaller } from './mcp-caller.ts';
import { answerModernTool, unwrapCall } from './modern-approval.ts';
import type { ModernEnvelope } from './modern-envelope.ts';

const APPROVAL = newId('approval');
const caller = { identity: { workspace: 'default', agent: 'clerk', credentialId: 'key_1' } } as unknown as McpCaller;
const incoming = { stream: { mayStream: true, tell: () => true }, request: { headers: {} } } as unknown as Incoming;
const opensUrls: ModernEnvelope = {
  clientCapabilities: { elicitation: { url: {} } },
  logLevel: undefined,
  progressToken: undefined,
};
const held = (approval = APPROVAL): Waited =>
  ({
    action: { id: newId('action') },
    outcome: { kind: 'held', code: 'approval_required', approval },
    approvalUrl: `https://reeve.example.com/approvals/${approval}`,
    costNanoUsd: 0,
  }) as unknown as Waited;

let seal: StateSeal;
let nowMs: number;
let first: Waited;
let resumed: Waited | undefined;
let waits: Wait[];

beforeEach(() => {
  nowMs = 0;
  seal = new StateSeal(Buffer.alloc(32, 1), () => nowMs);
  first = held();
  resumed = undefined;
  waits = [];
});

async function call(params: JsonObject, who = caller): Promise<JsonObject> {
  const unwrapped = unwrapCall(seal, who, params);
  const pipeline = {
    pass: async () => first,
    resume: async (latest: Waited, _propose: Propose, wait: Wait) => {
      waits.push(wait);
      return resumed ?? latest;
    },
    run: () => Promise.reject(new Error('not here')),
  };
  const parts = { pipeline, operations: { seal } } as unknown as FrontParts;
  const propose: Propose = () => {
    throw new Error('not here');
  };
  const answer = await answerModernTool(parts, propose, {
    incoming,
    caller: who,
    envelope: opensUrls,
    call: unwrapped,
  });
  return 'result' in answer.body ? answer.body.result : {};
}

const CALL = { name: 'bank.pay', arguments: { to: 'acme' } };
const accepted = { reeve_approval: { action: 'accept' } };

test('asks once; repeats wait and ask for nothing, until it was long enough', async () => {
  let result = await call(CALL);
  expect(result.inputRequests).toEqual({
    reeve_approval: {
      method: 'elicitation/create',
      params: expect.objectContaining({ mode: 'url', url: `https://reeve.example.com/approvals/${APPROVAL}` }),
    },
  });
  for (let round = 2; round <= 8; round++) {
    result = await call({ ...CALL, inputResponses: accepted, requestState: result.requestState });
    expect([result.resultType, result.inputRequests]).toEqual(['input_required', undefined]);
  }
  expect(waits).toHaveLength(7);
  result = await call({ ...CALL, requestState: result.requestState });
  expect(result.isError).toBe(true);
});

test('another approval than before is asked about', async () => {
  const { requestState } = await call(CALL);
  first = held(newId('approval'));
  expect((await call({ ...CALL, inputResponses: accepted, requestState })).inputRequests).toBeDefined();
});

test.each(['decline', 'cancel'])('%s: told that it waits, without waiting', async (action) => {
  const { requestState } = await call(CALL);
  const result = await call({ ...CALL, inputResponses: { reeve_approval: { action } }, requestState });
  expect(result.isError).toBe(true);
  expect(waits).toEqual([{ forMs: 0 }]);
});

test('a state that was changed, moved to other arguments or another agent, or is too old says nothing: it is asked again', async () => {
  const { requestState } = await call(CALL);
  const state = String(requestState);
  const changed = state.slice(0, -2) + (state.endsWith('AA') ? 'BB' : 'AA');
  const thief = { identity: { ...caller.identity, agent: 'thief' } } as unknown as McpCaller;
  expect((await call({ ...CALL, requestState: changed })).inputRequests).toBeDefined();
  expect((await call({ ...CALL, arguments: { to: 'evil' }, requestState })).inputRequests).toBeDefined();
  expect((await call({ ...CALL, requestState }, thief)).inputRequests).toBeDefined();
  nowMs = 16 * 60_000;
  expect((await call({ ...CALL, requestState })).inputRequests).toBeDefined();
  expect(waits).toEqual([]);
});

test('what belongs to the upstream comes back to it, and ours never reaches it', async () => {
  const upstream = { inputResponses: { name: { action: 'accept' } }, requestState: 'upstream-state' };
  const { requestState } = await call({ ...CALL, ...upstream });
  const { params } = unwrapCall(seal, caller, { ...CALL, inputResponses: accepted, requestState });
  expect(params).toEqual({ ...CALL, ...upstream });
  expect(unwrapCall(seal, caller, { ...CALL, requestState: 'reeve-approval.nonsense' }).params).toEqual(CALL);
});

test('a call that is not held is answered as it is', async () => {
  first = {
    action: { id: newId('action') },
    outcome: { kind: 'denied', code: 'policy_denied' },
    costNanoUsd: 0,
  } as unknown as CompletedAction;
  expect((await call(CALL)).isError).toBe(true);
});
