import type { IncomingMessage } from 'node:http';
import { ReeveError } from '../lib/index.ts';

const MAX_HEADERS = 128;
/** Where two readers could each take another value, so one of each at most. Node keeps the first and hides the rest. */
const ONCE = new Set([
  'host',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'content-type',
  'content-encoding',
  'idempotency-key',
]);
const LONGEST_ONCE = 16;
/** Encoded slashes, backslashes and zeros, dot segments, empty segments, and what has no place in a path. */
const PATH_TRICK = /%2f|%5c|%00|(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|\/\/|[^!-~]|[#\\]/i;
/** SDKs encode the slash in names of models. The name is looked up as it was decoded, once. */
const MODEL_PATH = /^\/[a-z0-9/]+\/models\/[^/]*$/;

/** What is wrong with a request before anybody asks what it wants: the first reason, as a refusal. */
export function checkRequest(request: IncomingMessage, hosts: ReadonlySet<string>): ReeveError | undefined {
  return (
    checkHost(request.headers.host, hosts) ??
    checkHeaders(request.rawHeaders) ??
    checkPath(request.url ?? '') ??
    checkEncoding(request.headers['content-encoding']) ??
    checkExpectation(request.headers.expect)
  );
}

function checkHost(host: string | undefined, hosts: ReadonlySet<string>): ReeveError | undefined {
  if (host === undefined || host === '')
    return new ReeveError('invalid_request', 'the Host header is missing; send the name of this server');
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (host.split(':', 1)[0] ?? '');
  if (hosts.has(name) || hosts.has(name.toLowerCase())) return undefined;
  return new ReeveError(
    'forbidden',
    `the host ${JSON.stringify(host.slice(0, 100))} is not this server; add it with --allowed-hosts`,
  );
}

function checkHeaders(raw: readonly string[]): ReeveError | undefined {
  if (raw.length > 2 * MAX_HEADERS)
    return new ReeveError('invalid_request', `the request has more than ${MAX_HEADERS} headers`);
  let seen: Set<string> | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const header = raw[index] as string;
    if (header.length > LONGEST_ONCE) continue;
    const name = header.toLowerCase();
    if (!ONCE.has(name)) continue;
    seen ??= new Set();
    if (seen.has(name)) return new ReeveError('invalid_request', `send the header ${name} once, not several times`);
    seen.add(name);
  }
  return undefined;
}

function checkPath(url: string): ReeveError | undefined {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  if (!path.startsWith('/'))
    return new ReeveError('invalid_request', 'the request line must name a path such as /v1/models, not a whole URL');
  if (!PATH_TRICK.test(path)) return undefined;
  const plain = MODEL_PATH.test(path) ? path.replaceAll(/%2f/gi, '/') : path;
  if (!PATH_TRICK.test(plain)) return undefined;
  return new ReeveError(
    'invalid_request',
    'the path has an encoded slash, backslash or zero, a "." or ".." segment, "//" or a character that must be encoded',
  );
}

function checkEncoding(encoding: string | undefined): ReeveError | undefined {
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return undefined;
  return new ReeveError(
    'unsupported_media_type',
    `bodies with content-encoding ${JSON.stringify(encoding.slice(0, 40))} are not taken; send the body as it is, without content-encoding`,
  );
}

function checkExpectation(expect: string | undefined): ReeveError | undefined {
  if (expect === undefined || expect.toLowerCase() === '100-continue') return undefined;
  return new ReeveError('invalid_request', 'of the Expect header only 100-continue is understood');
}
