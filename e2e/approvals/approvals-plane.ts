import { ReeveClient } from '@reeve/sdk';
import { type Reeve, startReeve } from '@reeve/testkit';
import { type Bank, bankFleet, startBank } from './bank.ts';

export interface ApprovalsPlane extends AsyncDisposable {
  readonly reeve: Reeve;
  readonly bank: Bank;
  pay(args?: object, more?: PayOptions): Promise<Paid>;
  /** A client with a token of this person. */
  person(name: string, role?: 'viewer' | 'approver' | 'operator', workspace?: string): Promise<ReeveClient>;
}

interface PayOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly tool?: string;
}

export interface Paid {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly error?: { readonly code: string; readonly message: string; readonly approval?: { readonly id: string } };
    readonly [member: string]: unknown;
  };
}

/** A real server whose clerk must ask people before it pays. */
export async function startApprovalsPlane(more = ''): Promise<ApprovalsPlane> {
  const bank = await startBank();
  const reeve = await startReeve({ fleet: bankFleet(bank.url, more) });
  const key = await reeve.key('clerk');
  return {
    reeve,
    bank,
    pay: (args = { to: 'acme', cents: 500 }, options = {}) => pay(reeve.url, key, args, options),
    person: async (name, role = 'approver', workspace = 'default') =>
      new ReeveClient({ url: reeve.url, token: await personToken(reeve.admin, name, role, workspace), workspace }),
    async [Symbol.asyncDispose]() {
      await reeve[Symbol.asyncDispose]();
      await bank[Symbol.asyncDispose]();
    },
  };
}

export async function personToken(
  admin: ReeveClient,
  name: string,
  role: 'viewer' | 'approver' | 'operator',
  workspace: string,
): Promise<string> {
  const body = { email: `${name}@example.com`, role };
  return (await admin.call('tokens.create', { query: { workspace }, body })).token;
}

export async function pay(
  url: string,
  key: string,
  args: object,
  { headers = {}, tool = 'bank.pay' }: PayOptions = {},
): Promise<Paid> {
  const response = await fetch(`${url}/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ tool, args }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Paid['body'] };
}

export function approvalOf({ body }: Paid): string {
  const id = body.error?.approval?.id;
  if (id === undefined) throw new Error(`expected an approval: ${JSON.stringify(body)}`);
  return id;
}

/** Code of a refusal of the control API. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    (error: { code?: string }) => String(error.code),
  );
}
