import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { agent, type CorePlane, startCorePlane } from '../core/core-plane.ts';
import { type LocalApi, SHOP_KEY, startLocalApi } from '../core/local-api.ts';

export const PERMIT =
  '@id("orders") permit (principal, action == Reeve::Action::"call", resource == Reeve::Tool::"shop.order");';
export const LARGE =
  '@id("large") @hold("person") @message("orders above 100 wait for a person") forbid (principal, action, resource == Reeve::Tool::"shop.order") when { context.amount.greaterThan(decimal("100.0")) };';
export const UNCLEAR =
  '@id("unclear") @hold("facts") forbid (principal, action, resource == Reeve::Tool::"shop.order") unless { context.args has vendor };';
export const TRIED = '@id("tried") @mode("dry-run") forbid (principal, action, resource == Reeve::Tool::"shop.order");';
export const OFF =
  '@id("off") @message("orders to acme are off") forbid (principal, action, resource == Reeve::Tool::"shop.order") when { context.args has vendor && context.args.vendor == "acme" };';

export const shopFleet = (url: string): string => `${agent('clerk', 'tools: ["shop.*"]')}---
kind: ToolServer
name: shop
transport: { api: "${url}" }
privateNetwork: true
credential: shop
tools:
  order:
    effect: write
    amount: args.total
    sideEffect: result.id
    request: { method: POST, path: "/orders" }
  read: { effect: read, request: { method: GET, path: "/orders/{id}" } }
---
{ kind: Secret, name: shop, from: { env: SHOP_KEY } }
`;

export interface PolicyPlane extends AsyncDisposable {
  readonly plane: CorePlane;
  readonly api: LocalApi;
  /** Status and code of a proposed action, and the message of a refusal. */
  propose(
    tool: string,
    args: object,
    headers?: Record<string, string>,
  ): Promise<{ status: number; code?: string; message?: string; action: string }>;
}

export async function startPolicyPlane(policies: string, workspace = ''): Promise<PolicyPlane> {
  const api = await startLocalApi();
  const plane = await startCorePlane({ fleet: shopFleet(api.url), policies, workspace, environment: { SHOP_KEY } });
  const key = await plane.reeve.key('clerk');
  return {
    plane,
    api,
    async propose(tool, args, headers = {}) {
      const response = await fetch(`${plane.reeve.url}/actions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ tool, args }),
      });
      const { error } = (await response.json()) as { error?: { code: string; message: string } };
      return { status: response.status, ...error, action: response.headers.get('x-reeve-action') ?? '' };
    },
    async [Symbol.asyncDispose]() {
      await plane[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

/** A directory of files that a test reads or applies. */
export function directoryOf(files: Readonly<Record<string, string>>): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'reeve-policy-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
