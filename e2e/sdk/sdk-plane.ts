import { Reeve as Governed, ReeveClient } from '@reeve/sdk';
import { type ModelProvider, type Reeve, simulatedWorkspace, startModelProvider, startReeve } from '@reeve/testkit';
import { personToken } from '../approvals/approvals-plane.ts';

/** A server whose clerk pays by functions of its own process: nothing of them runs in Reeve. */
export interface SdkPlane extends AsyncDisposable {
  readonly reeve: Reeve;
  readonly provider: ModelProvider;
  readonly keys: Readonly<Record<'clerk' | 'other' | 'stranger', string>>;
  /** As the clerk, in this run. */
  governed(run: string): Governed;
  /** What waits for people in this run. */
  waiting(run: string): Promise<readonly string[]>;
  /** Kim, who is nobody's owner, approves what the approval is about, or with other arguments. */
  approve(approval: string, args?: Record<string, unknown>): Promise<void>;
  /** Every call of a tool in this run: how it was decided and how it ended. */
  calls(run: string): Promise<readonly CallOnRecord[]>;
}

export interface CallOnRecord {
  readonly action: string;
  readonly verdict: string;
  readonly outcome: string | null;
  readonly grade: string | null;
  readonly sideEffect: string | null;
}

const UPSTREAM_KEY = 'upstream-key-that-no-agent-knows';

const FLEET = `
---
kind: Agent
name: clerk
owner: maya@example.com
purpose: Pays what is due
tools: ["bank.*", "web.*", "shop.*"]
models: ["*"]
limits: { toolCallsPerRun: 100000, toolCallsPerMinute: 100000, retriesPerCall: 100000 }
---
kind: Agent
name: other
owner: maya@example.com
purpose: Knows nothing of banks
tools: ["desk.*"]
---
kind: ToolServer
name: bank
transport: { local: true }
tools:
  pay:
    effect: pay
    reversible: irreversible
    amount: "double(args.cents) / 100.0"
    destination: "args.to"
    sideEffect: result.id
    inputSchema:
      type: object
      properties: { to: { type: string }, cents: { type: integer, maximum: 100000 } }
      required: [to, cents]
      additionalProperties: false
  balance: { effect: read, costUsd: 0.01, timeout: 1s }
  close: { effect: delete }
---
{ kind: ToolServer, name: web, transport: { local: true }, trust: untrusted, tools: { read: { effect: read } } }
---
kind: ToolServer
name: shop
transport: { api: "https://shop.example.com" }
tools: { orders: { effect: read, request: { method: GET, path: /orders } } }
---
{ kind: ToolServer, name: desk, transport: { local: true }, tools: { look: { effect: read } } }
---
kind: Guardrails
name: secrets
agents: [clerk]
checks:
  - { check: secrets, on: [arguments], action: redact }
  - { check: email, on: [result], action: redact }
  - { check: secrets, on: [result], action: deny }
---
{ kind: Approvals, name: money, agents: [clerk], tools: [bank.pay], require: irreversible, approvers: [kim@example.com] }
`;
const POLICIES = `permit(principal, action, resource);
@id("never-close") forbid(principal, action, resource == Reeve::Tool::"bank.close");`;

/** @param data a directory that outlives the server */
export async function startSdkPlane(data?: string): Promise<SdkPlane> {
  const provider = await startModelProvider({ apiKey: UPSTREAM_KEY });
  const workspace = simulatedWorkspace({ url: provider.url, keyFrom: 'UPSTREAM_KEY' });
  const fleet = { 'fleet.yaml': workspace + FLEET, 'policies/all.cedar': POLICIES };
  const reeve = await startReeve({ fleet, environment: { UPSTREAM_KEY }, ...(data === undefined ? {} : { data }) });
  const kim = new ReeveClient({ url: reeve.url, token: await personToken(reeve.admin, 'kim', 'approver', 'default') });
  const [clerk, other] = await Promise.all([reeve.key('clerk'), reeve.key('other')]);
  const calls = async (run: string) => {
    const { actionList } = await reeve.admin.call('runs.get', { params: { run } });
    return actionList
      .filter(({ kind }) => kind === 'tool.call')
      .map(({ id: action, verdict, outcome, grade, sideEffect }) => ({ action, verdict, outcome, grade, sideEffect }));
  };
  return {
    reeve,
    provider,
    keys: { clerk, other, stranger: 'rk_nobody' },
    governed: (run) => new Governed({ url: reeve.url, key: clerk, run }),
    waiting: async (run) => {
      const actions = new Set((await calls(run)).map(({ action }) => action));
      const { items } = await kim.call('approvals.list', { query: { state: 'pending' } });
      return items.filter(({ action }) => actions.has(action)).map(({ id }) => id);
    },
    approve: async (approval, args) => {
      const { digest } = await kim.call('approvals.get', { params: { approval } });
      await kim.call('approvals.approve', {
        params: { approval },
        body: { digest, ...(args === undefined ? {} : { args }) },
      });
    },
    calls,
    async [Symbol.asyncDispose]() {
      await reeve[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}
