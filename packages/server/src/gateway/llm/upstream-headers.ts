import type { IncomingHttpHeaders } from 'node:http';
import type { ApiShape } from '@reeve/contracts';

type Sent = Record<string, string>;

/** What of the caller's headers goes upstream. Everything else stays: credentials, cookies, organisations, x-reeve-*. */
const FORWARDED: Readonly<Record<ApiShape, readonly string[]>> = {
  openai: [],
  anthropic: ['anthropic-version', 'anthropic-beta'],
  gemini: [],
};
const ANTHROPIC_VERSION = '2023-06-01';

/** What of the upstream's headers goes back. Rate limits and organisations of the operator's account stay. */
const RETURNED = [
  'content-type',
  'request-id',
  'x-request-id',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
] as const;

const CREDENTIAL: Readonly<Record<ApiShape, (secret: string) => Sent>> = {
  openai: (secret) => ({ authorization: `Bearer ${secret}` }),
  anthropic: (secret) => ({ 'x-api-key': secret }),
  gemini: (secret) => ({ 'x-goog-api-key': secret }),
};

export function requestHeaders(
  shape: ApiShape,
  caller: IncomingHttpHeaders,
  secret: string | undefined,
  stream: boolean,
): Sent {
  const headers: Sent = {
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'reeve',
  };
  if (shape === 'anthropic') headers['anthropic-version'] = ANTHROPIC_VERSION;
  for (const name of FORWARDED[shape]) {
    const value = caller[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return secret === undefined ? headers : Object.assign(headers, CREDENTIAL[shape](secret));
}

export function replyHeaders(upstream: Readonly<Record<string, string | string[] | undefined>>): Sent {
  const headers: Sent = {};
  for (const name of RETURNED) {
    const value = upstream[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}
