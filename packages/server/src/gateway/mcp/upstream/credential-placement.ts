import type { ToolServer } from '@reeve/contracts';

/** Where a server's credential goes: a header over HTTP, a variable of the child over stdio. */
export function credentialHeaders(server: ToolServer, credential: string | undefined): Record<string, string> {
  if (credential === undefined) return {};
  const as = server.credentialAs;
  if (typeof as === 'object' && 'header' in as) return { [as.header.toLowerCase()]: credential };
  return { authorization: `Bearer ${credential}` };
}

export function credentialEnv(server: ToolServer, credential: string | undefined): Record<string, string> {
  if (credential === undefined) return {};
  const as = server.credentialAs;
  return { [typeof as === 'object' && 'env' in as ? as.env : 'REEVE_CREDENTIAL']: credential };
}

export function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
