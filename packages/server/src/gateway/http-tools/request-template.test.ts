import { describe, expect, test } from 'vitest';
import { destinationFault, isAllowedDestination } from './destination.ts';
import { buildRequest, requestFault } from './request-template.ts';

const api = new URL('https://api.example.com/v1/');
const request = (more = {}) => ({
  method: 'POST' as const,
  path: '/charges/{id}/refund',
  query: [],
  headers: {},
  ...more,
});

describe('arguments become a request', () => {
  test('placeholders go into the path, declared ones into the query, the rest into a JSON body', () => {
    const built = buildRequest(api, request({ query: ['expand'] }), {
      id: 'ch 1/ü?#',
      expand: ['a', 'b'],
      amount: 5,
      note: undefined,
    });
    expect(built.url.href).toBe('https://api.example.com/v1/charges/ch%201%2F%C3%BC%3F%23/refund?expand=a&expand=b');
    expect(built.body).toBe('{"amount":5}');
    expect(built.headers).toEqual({ accept: 'application/json', 'content-type': 'application/json' });
  });

  test('what has no body puts everything into the query', () => {
    const built = buildRequest(api, request({ method: 'GET', path: '/charges' }), {
      limit: 3,
      filter: { a: 1 },
      q: 'x&y=1#z',
    });
    expect(built.url.href).toBe('https://api.example.com/v1/charges?limit=3&filter=%7B%22a%22%3A1%7D&q=x%26y%3D1%23z');
    expect(built.body).toBeUndefined();
  });

  test.each([
    '..',
    '.',
    '../admin',
    '..\\admin',
    '%2e%2e',
    '%2E.',
    '%252e%252e',
    '..%2fadmin',
    'a/../../admin',
    'a%2f..%2fadmin',
    '..;/admin',
    '',
    'a\r\nx: y',
    'a\0',
    '\ud800',
    'x'.repeat(2_001),
  ])('the path cannot be left with %j', (id) => {
    expect(() => buildRequest(api, request(), { id })).toThrow(expect.objectContaining({ code: 'invalid_arguments' }));
  });

  test.each([[undefined], [null], [['a']], [{ a: 1 }]])('a placeholder is not filled with %j', (id) => {
    expect(() => buildRequest(api, request(), { id })).toThrow(expect.objectContaining({ code: 'invalid_arguments' }));
  });

  test('two arguments cannot make a dot segment together, nor can names from a prototype be used', () => {
    const joined = request({ path: '/a/{x}{y}' });
    expect(() => buildRequest(api, joined, { x: '.', y: '.' })).toThrow();
    expect(() => buildRequest(api, request({ path: '/a/{constructor}' }), {})).toThrow();
  });

  test('host, scheme, port and user cannot be changed by arguments', () => {
    for (const id of ['@evil.example.com', '//evil.example.com', 'https://evil.example.com', ':8080', '?x', '#x']) {
      const { url } = buildRequest(api, request({ path: '/{id}' }), { id });
      expect([url.origin, url.username, url.search, url.hash]).toEqual(['https://api.example.com', '', '', '']);
    }
  });
});

test.each([
  [{ path: 'charges' }, 'must begin with /'],
  [{ path: '/charges?x=1' }, 'no query'],
  [{ path: '/a/../b' }, 'must not hold'],
  [{ path: '/a/%2e%2e/b' }, 'must not hold'],
  [{ path: '/a/{}' }, 'placeholder'],
  [{ headers: { Host: 'evil.example.com' } }, 'cannot be set'],
  [{ headers: { Authorization: 'Bearer x' } }, 'cannot be set'],
])('a declared request is judged at apply: %j', (more, message) => {
  expect(requestFault(api, request(more))).toContain(message);
  expect(requestFault(api, request())).toBeUndefined();
});

test.each([
  ['https://api.example.com/x', [], true],
  ['https://other.example.com/x', [], false],
  ['http://api.example.com/x', [], false],
  ['https://api.example.com:8443/x', [], false],
  ['https://a.example.com/x', ['*.example.com'], true],
  ['https://a.b.example.com/x', ['*.example.com'], true],
  ['https://example.com/x', ['*.example.com'], false],
  ['https://evilexample.com/x', ['*.example.com'], false],
  ['https://example.com.evil.org/x', ['example.com', '*.example.com'], false],
  ['https://a.example.com:8443/x', ['*.example.com'], false],
  ['https://a.example.com:8443/x', ['*.example.com:8443'], true],
  ['https://API.example.com/x', ['api.Example.com'], true],
  ['https://user@api.example.com/x', ['api.example.com'], false],
  ['https://api.example.com./x', ['api.example.com'], false],
] as const)('%s with destinations %j: %j', (url, destinations, allowed) => {
  expect(isAllowedDestination(new URL(url), api, destinations)).toBe(allowed);
});

test('entries of an allow-list are hosts', () => {
  for (const good of ['api.example.com', '*.example.com', 'localhost', '127.0.0.1:8080', '[::1]:80'])
    expect(destinationFault(good)).toBeUndefined();
  for (const bad of ['*', 'https://a.example.com', 'a/b', 'a.*.com', '', 'a..b', 'x@y'])
    expect(destinationFault(bad)).toBeDefined();
});
