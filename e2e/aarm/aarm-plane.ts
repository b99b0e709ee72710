import { parseVerifierKey, verifyReceipt } from '@reeve/ledger';
import { ReeveClient } from '@reeve/sdk';
import { agent, type CorePlane, startCorePlane } from '../core/core-plane.ts';
import { type LocalApi, SHOP_KEY, startLocalApi } from '../core/local-api.ts';

/** A shop with a private file, a ticket that confirms, and orders that some of it decides. */
const fleet = (
  url: string,
): string => `${agent('clerk', 'tools: ["shop.*"]\nautonomy: autopilot')}${agent('intern', 'tools: ["shop.*"]\nautonomy: autopilot')}---
kind: ToolServer
name: shop
transport: { api: "${url}" }
privateNetwork: true
credential: shop
tools:
  file: { effect: read, labels: ["private:crm"], request: { method: GET, path: "/orders/{id}" } }
  ticket: { effect: read, labels: ["confirmed:ticket"], request: { method: GET, path: "/orders/{id}" } }
  order: { effect: write, amount: args.total, request: { method: POST, path: "/orders" } }
  ship: { effect: write, request: { method: POST, path: "/orders" } }
  mail: { effect: send, request: { method: POST, path: "/orders" } }
  wipe: { effect: delete, request: { method: DELETE, path: "/orders/{id}" } }
---
{ kind: Secret, name: shop, from: { env: SHOP_KEY } }
---
{ kind: Approvals, name: quick, require: risky, expiry: 3s, approvers: [omar@example.com] }
`;

const POLICIES = `
@id("clerk") permit (principal == Reeve::Agent::"clerk", action == Reeve::Action::"call", resource) unless { resource == Reeve::Tool::"shop.ship" };
@id("confirmed") permit (principal == Reeve::Agent::"clerk", action == Reeve::Action::"call", resource == Reeve::Tool::"shop.ship") when { context.labels.contains("confirmed:ticket") };
@id("no-wipe") forbid (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"shop.wipe");
@id("leak") forbid (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"shop.mail") when { context.labels.contains("private:crm") };
@id("large") @hold("person") forbid (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"shop.order") when { context.amount.greaterThan(decimal("100.0")) };
@id("whose") @hold("facts") forbid (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"shop.order") unless { context.args has vendor };
`;

export interface Called {
  readonly status: number;
  readonly code: string | undefined;
  readonly approval: string | undefined;
  readonly action: string;
}

export interface AarmPlane extends AsyncDisposable {
  readonly plane: CorePlane;
  readonly api: LocalApi;
  call(agent: 'clerk' | 'intern', tool: string, args: object, run?: string): Promise<Called>;
  /** Somebody who may approve. */
  approver(): Promise<ReeveClient>;
  /** The last entry about an action, and its receipt. */
  receipt(action: string): Promise<Receipt>;
}

export interface Receipt {
  readonly entry: Readonly<Record<string, unknown>>;
  /** Throws unless these bytes are what was recorded. */
  verify(text?: string): void;
  readonly text: string;
}

export async function startAarmPlane(): Promise<AarmPlane> {
  const api = await startLocalApi();
  const plane = await startCorePlane({ fleet: fleet(api.url), policies: POLICIES, environment: { SHOP_KEY } });
  const { reeve } = plane;
  const keys = { clerk: await reeve.key('clerk'), intern: await reeve.key('intern') };
  return {
    plane,
    api,
    async call(name, tool, args, run) {
      const response = await fetch(`${reeve.url}/actions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${keys[name]}`,
          'content-type': 'application/json',
          'x-reeve-user': 'user-7',
          'x-reeve-session': 'session-9',
          ...(run === undefined ? {} : { 'x-reeve-run': run }),
        },
        body: JSON.stringify({ tool, args }),
      });
      const { error } = (await response.json()) as { error?: { code: string; approval?: { id: string } } };
      const action = response.headers.get('x-reeve-action') ?? '';
      return { status: response.status, code: error?.code, approval: error?.approval?.id, action };
    },
    async approver() {
      const { token } = await reeve.admin.call('tokens.create', {
        body: { email: 'omar@example.com', role: 'approver' },
      });
      return new ReeveClient({ url: reeve.url, token });
    },
    async receipt(action) {
      const { outcomeEntry } = await reeve.admin.call('actions.get', { params: { action } });
      const index = outcomeEntry ?? -1;
      const { entry: text, proof, vkey } = await reeve.admin.call('audit.receipt', { params: { index } });
      const entry = JSON.parse(text) as Record<string, unknown>;
      if (entry.action !== action) throw new Error(`the entry of ${action} is about ${String(entry.action)}`);
      const verifier = parseVerifierKey(vkey);
      return { entry, text, verify: (other = text) => void verifyReceipt(proof, Buffer.from(other), verifier) };
    },
    async [Symbol.asyncDispose]() {
      await plane[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}
