import { MODERN_VERSION } from '../wire/protocol-versions.ts';
import type { UpstreamCall } from './upstream.ts';

const NAMED_METHODS: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

/** Headers that repeat what a modern call is about, so that proxies need not read its body. */
export function modernCallHeaders(
  call: Pick<UpstreamCall, 'method' | 'params' | 'paramHeaders'>,
): Record<string, string> {
  const headers: Record<string, string> = {
    'mcp-protocol-version': MODERN_VERSION,
    'mcp-method': call.method,
    ...call.paramHeaders,
  };
  const named = NAMED_METHODS[call.method];
  const name = named === undefined ? undefined : call.params[named];
  if (typeof name === 'string') headers['mcp-name'] = headerValue(name);
  return headers;
}

/** A header value that may hold any text, as the specification encodes it. */
export function headerValue(text: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith('=?base64?')) return text;
  return `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}
