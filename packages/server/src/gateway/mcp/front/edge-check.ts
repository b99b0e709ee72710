import type { IncomingHttpHeaders } from 'node:http';
import { RPC, RpcError } from '../wire/json-rpc.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Which names this server answers to: a page of another origin must not reach it through a visitor's browser. */
export interface EdgeRules {
  /** Host names, without port, besides loopback. */
  readonly allowedHosts: readonly string[];
}

/** Throws RpcError with HTTP 403 where Host or Origin is not ours. */
export function checkEdge(headers: IncomingHttpHeaders, rules: EdgeRules): void {
  const host = hostName(`http://${headers.host ?? ''}`);
  if (host === undefined || !isOurs(host, rules)) throw refused('the Host header names a server that this is not');
  const origin = headers.origin;
  if (origin === undefined) return;
  const from = hostName(origin);
  if (from === undefined || !isOurs(from, rules)) throw refused('requests from this Origin are not accepted');
}

function isOurs(host: string, rules: EdgeRules): boolean {
  return LOOPBACK.has(host) || rules.allowedHosts.includes(host);
}

function hostName(url: string): string | undefined {
  const parsed = URL.parse(url);
  return parsed === null || parsed.hostname === '' ? undefined : parsed.hostname;
}

function refused(message: string): RpcError {
  return new RpcError(RPC.invalidRequest, message, { httpStatus: 403 });
}
