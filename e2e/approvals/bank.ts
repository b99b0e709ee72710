import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An upstream with effects that counts them: the witness of what was really done. */
export interface Bank extends AsyncDisposable {
  readonly url: string;
  /** Bodies of the payments that arrived, in order. */
  readonly payments: readonly Readonly<Record<string, unknown>>[];
  /** Runs when a payment has arrived and before it is answered. */
  onPayment: () => Promise<void> | void;
}

export async function startBank(): Promise<Bank> {
  const payments: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      payments.push(JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Record<string, unknown>);
      const id = `pay_${payments.length}`;
      void Promise.resolve(bank.onPayment()).then(() =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id })),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bank: Bank = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    payments,
    onPayment: () => undefined,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return bank;
}

/** `clerk` is supervised and pays: every payment waits for a person. Its owner is maya@example.com. */
export function bankFleet(url: string, more = ''): Readonly<Record<string, string>> {
  return {
    'fleet.yaml': `
kind: Workspace
name: default
---
kind: Agent
name: clerk
owner: maya@example.com
purpose: Pays what is due
tools: ["bank.*"]
limits: { toolCallsPerRun: 100000, toolCallsPerMinute: 100000, retriesPerCall: 100000 }
---
kind: ToolServer
name: bank
transport: { api: "${url}" }
privateNetwork: true
tools:
  pay:
    effect: pay
    reversible: irreversible
    amount: "double(args.cents) / 100.0"
    destination: "args.to"
    sideEffect: result.id
    request: { method: POST, path: "/payments" }
    inputSchema:
      type: object
      properties: { to: { type: string }, cents: { type: integer, maximum: 100000 } }
      required: [to, cents]
      additionalProperties: false
  note: { effect: write, request: { method: POST, path: "/notes" } }
${more}`,
    'policies/pay.cedar': 'permit(principal, action == Reeve::Action::"call", resource);',
  };
}
