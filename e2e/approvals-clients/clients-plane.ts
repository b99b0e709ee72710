import { ReeveClient } from '@reeve/sdk';
import { type ModelProvider, type Reeve, simulatedWorkspace, startModelProvider, startReeve } from '@reeve/testkit';
import { personToken } from '../approvals/approvals-plane.ts';
import { type Bank, bankFleet, startBank } from '../approvals/bank.ts';

/** A server whose clerk pays and whose writer asks models, both only after a person agreed. */
export interface ClientsPlane extends AsyncDisposable {
  readonly reeve: Reeve;
  readonly bank: Bank;
  readonly provider: ModelProvider;
  readonly keys: Readonly<Record<'clerk' | 'hasty' | 'writer', string>>;
  /** What waits now, newest first, of what was asked since `forget`. */
  waiting(): Promise<readonly { id: string; digest: string }[]>;
  /** What tests before left waiting is nobody's business any more. */
  forget(): Promise<void>;
  /** Kim, who is nobody's owner, answers the next question that somebody asks. */
  answerNext(verdict: 'approve' | 'deny', reason?: string): Promise<string>;
  approve(approval: string): Promise<unknown>;
}

const UPSTREAM_KEY = 'upstream-key-that-no-agent-knows';
const ROUND_MS = 20;
const MAX_ROUNDS = 500;

const AGENTS = `
---
kind: Agent
name: hasty
owner: maya@example.com
purpose: Pays what cannot wait
tools: ["bank.*"]
---
kind: Agent
name: writer
owner: maya@example.com
purpose: Asks models
models: ["*"]
---
{ kind: Approvals, name: patient, agents: [clerk, writer], require: risky, hold: 20s, expiry: 1m }
---
{ kind: Approvals, name: quick, agents: [hasty], require: risky, hold: 20s, expiry: 2s }
`;
const HOLD_MODELS =
  '@id("models") @hold("person") forbid(principal == Reeve::Agent::"writer", action == Reeve::Action::"generate", resource);';

export async function startClientsPlane(
  more = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<ClientsPlane> {
  const bank = await startBank();
  const provider = await startModelProvider({ apiKey: UPSTREAM_KEY });
  const workspace = simulatedWorkspace({ url: provider.url, keyFrom: 'UPSTREAM_KEY' });
  const files = bankFleet(bank.url, AGENTS + more);
  const fleet = {
    ...files,
    'fleet.yaml': (files['fleet.yaml'] ?? '').replace('\nkind: Workspace\nname: default\n', `\n${workspace}`),
    'policies/models.cedar': HOLD_MODELS,
  };
  const reeve = await startReeve({ fleet, environment: { UPSTREAM_KEY, ...environment } });
  const kim = await approver(reeve);
  const [clerk, hasty, writer] = await Promise.all([reeve.key('clerk'), reeve.key('hasty'), reeve.key('writer')]);
  const old = new Set<string>();
  const pending = async () => (await kim.call('approvals.list', { query: { state: 'pending' } })).items;
  const waiting = async () => (await pending()).filter(({ id }) => !old.has(id));
  const decide = (verdict: 'approve' | 'deny', { id, digest }: { id: string; digest: string }, reason: string) =>
    verdict === 'approve'
      ? kim.call('approvals.approve', { params: { approval: id }, body: { digest } })
      : kim.call('approvals.deny', { params: { approval: id }, body: { reason } });
  return {
    ...{ reeve, bank, provider, waiting, keys: { clerk, hasty, writer } },
    forget: async () => {
      for (const { id } of await pending()) old.add(id);
    },
    answerNext: async (verdict, reason = 'not now') => {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const [next] = await waiting();
        if (next !== undefined) {
          await decide(verdict, next, reason);
          return next.id;
        }
        await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
      }
      throw new Error('nobody asked');
    },
    approve: async (approval) => {
      const { digest } = await kim.call('approvals.get', { params: { approval } });
      return decide('approve', { id: approval, digest }, '');
    },
    async [Symbol.asyncDispose]() {
      await reeve[Symbol.asyncDispose]();
      await bank[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

async function approver(reeve: Reeve): Promise<ReeveClient> {
  return new ReeveClient({ url: reeve.url, token: await personToken(reeve.admin, 'kim', 'approver', 'default') });
}
