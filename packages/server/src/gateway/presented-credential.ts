import type { IncomingHttpHeaders } from 'node:http';
import type { PresentedCredential } from '../access/index.ts';

const MAX_USER_AGENT = 256;
const MAX_PATH = 512;
const BEARER = /^bearer +(\S+) *$/i;

/** What a caller showed, wherever its SDK puts it. Where it showed several, the first of Authorization, x-api-key, x-goog-api-key counts. */
export function presentedCredential(
  headers: IncomingHttpHeaders,
  remoteAddress: string | undefined,
  path: string,
): PresentedCredential {
  const { secret, source } = shown(headers);
  const query = path.indexOf('?');
  return {
    secret,
    source,
    // Unknown of a caller that reset its connection as soon as it was there.
    remoteAddress: remoteAddress ?? '',
    userAgent: (headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
    path: (query === -1 ? path : path.slice(0, query)).slice(0, MAX_PATH),
  };
}

function shown(headers: IncomingHttpHeaders): Pick<PresentedCredential, 'secret' | 'source'> {
  const { authorization } = headers;
  if (authorization !== undefined && authorization !== '') {
    return { secret: BEARER.exec(authorization)?.[1], source: 'authorization' };
  }
  const anthropic = headers['x-api-key'];
  if (typeof anthropic === 'string' && anthropic !== '') return { secret: anthropic, source: 'x-api-key' };
  const google = headers['x-goog-api-key'];
  if (typeof google === 'string' && google !== '') return { secret: google, source: 'x-goog-api-key' };
  return { secret: undefined, source: 'none' };
}
