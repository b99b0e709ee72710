import type { ToolDeclaration } from '@reeve/contracts';
import { ReeveError } from '../../lib/index.ts';
import type { ToolArguments } from '../tools/index.ts';

type RequestDeclaration = NonNullable<ToolDeclaration['request']>;

export interface BuiltRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Headers that belong to the connection, to Reeve or to the credential. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const PLACEHOLDER = /\{([^{}]*)\}/g;
const PATH = /^\/[A-Za-z0-9._~!$&'()*+,;=:@%/{}-]*$/;
const MAX_PART_LENGTH = 2_000;
const MAX_URL_LENGTH = 8_000;

/** What is wrong with a declared request, or undefined. */
export function requestFault(api: URL, request: RequestDeclaration): string | undefined {
  if (api.search !== '' || api.hash !== '')
    return 'the api address has a query or fragment; give the base address alone';
  if (!PATH.test(request.path)) return 'the path must begin with / and hold no query; use {name} for an argument';
  if (placeholdersOf(request).some((name) => !/^[A-Za-z_][\w-]*$/.test(name)))
    return 'a placeholder is {name} of an argument';
  if (hasDotSegment(request.path)) return 'the path must not hold . or .. as a step';
  const bad = Object.keys(request.headers).find((name) => RESERVED_HEADERS.has(name.toLowerCase()));
  return bad === undefined ? undefined : `the header ${bad} cannot be set here; a secret comes through credential`;
}

export function placeholdersOf(request: RequestDeclaration): string[] {
  return [...request.path.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
}

/**
 * The request that arguments make. Placeholders are percent-encoded and cannot change the path's shape; what the path does not
 * take goes into the query, where it is declared so or the method has no body, else into a JSON body.
 */
export function buildRequest(api: URL, request: RequestDeclaration, args: ToolArguments): BuiltRequest {
  const rest = new Map(Object.entries(args).filter(([, value]) => value !== undefined));
  const path =
    api.pathname.replace(/\/$/, '') +
    request.path.replace(PLACEHOLDER, (_, name: string) => {
      const step = pathStep(name, args);
      rest.delete(name);
      return step;
    });
  const url = new URL(api);
  url.pathname = path;
  // The URL parser folds dot segments and odd characters; an address that it changed is not the one that was declared.
  if (url.pathname !== path || hasDotSegment(path)) throw invalid('the arguments change the path of the request');
  const hasBody = request.method !== 'GET' && request.method !== 'DELETE';
  for (const [name, value] of rest) {
    if (hasBody && !request.query.includes(name)) continue;
    addQuery(url, name, value);
    rest.delete(name);
  }
  if (url.href.length > MAX_URL_LENGTH)
    throw invalid(`the arguments make an address longer than ${MAX_URL_LENGTH} characters`);
  const body = hasBody ? JSON.stringify(Object.fromEntries(rest)) : undefined;
  const contentType = body === undefined ? {} : { 'content-type': 'application/json' };
  return {
    method: request.method,
    url,
    headers: { accept: 'application/json', ...request.headers, ...contentType },
    body,
  };
}

function pathStep(name: string, args: ToolArguments): string {
  const value = Object.hasOwn(args, name) ? args[name] : undefined;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw invalid(`the argument ${name} is part of the address: give text or a number`);
  }
  const text = String(value);
  if (text === '' || text.length > MAX_PART_LENGTH)
    throw invalid(`the argument ${name} must have 1 to ${MAX_PART_LENGTH} characters`);
  // An upstream may decode %2F before it routes, so dot segments are refused behind an encoded slash too.
  if (hasDotSegment(text) || hasControl(text)) throw invalid(`the argument ${name} cannot be part of an address`);
  return encoded(name, text);
}

function addQuery(url: URL, name: string, value: unknown): void {
  for (const item of Array.isArray(value) ? value : [value]) {
    const text = typeof item === 'object' ? JSON.stringify(item) : String(item);
    url.searchParams.append(name, text);
  }
}

function encoded(name: string, text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw invalid(`the argument ${name} is not valid Unicode`);
  }
}

/** Also written as %2e, also once more encoded, also behind a backslash. */
function hasDotSegment(path: string): boolean {
  const plain = path.replace(/%(25)*2e/gi, '.').replace(/%(25)*2f|%(25)*5c|\\/gi, '/');
  return plain.split('/').some((step) => step === '.' || step === '..' || step.startsWith('..;'));
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function invalid(message: string): ReeveError {
  return new ReeveError('invalid_arguments', message);
}
