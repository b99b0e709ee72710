import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HardeningPlane, startHardeningPlane, UPSTREAM_SECRET } from './hardening-plane.ts';
import { open, requestOf, sendRaw } from './raw-http.ts';
import { expectRefusal, SURFACES, type Surface } from './surfaces.ts';

// What no client should send, to every address that takes JSON, over bare sockets: refused as the caller's own kind of error,
// before anything reaches an upstream.

const LIMIT = 64 * 1024;
let plane: HardeningPlane;
let secrets: string[];

beforeAll(async () => {
  plane = await startHardeningPlane({ 'max-body-bytes': String(LIMIT) });
  secrets = [plane.agentKey, plane.adminToken, UPSTREAM_SECRET];
});
afterAll(() => plane?.[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string | undefined>>;

function headersFor(surface: Surface, more: Headers = {}): Headers {
  return {
    host: '127.0.0.1',
    'content-type': 'application/json',
    authorization: `Bearer ${surface.who === 'admin' ? plane.adminToken : plane.agentKey}`,
    ...surface.headers,
    ...more,
  };
}

async function ask(
  surface: Surface,
  body: string | Uint8Array,
  more: Headers = {},
  method = 'POST',
  path = surface.path,
) {
  const { answers } = await sendRaw(plane.reeve.url, requestOf(method, path, headersFor(surface, more), body), {
    answers: 1,
  });
  const [answer] = answers;
  if (answer === undefined) throw new Error('closed without an answer');
  return answer;
}

/** Refused, and nothing went on. */
async function refused(surface: Surface, request: () => ReturnType<typeof ask>) {
  const before = plane.upstreamCalls();
  const answer = await request();
  const message = expectRefusal(surface, answer, secrets);
  expect(plane.upstreamCalls()).toBe(before);
  return { status: answer.status, message };
}

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** Bodies made from a good one. `extra` puts members at its end. */
const BODIES: readonly (readonly [
  string,
  (good: string, extra: (members: string) => string) => string | Uint8Array,
  RegExp,
])[] = [
  ['nothing', () => '', /empty|missing|JSON|required|expected/i],
  ['blanks', () => ' \n ', /JSON/],
  ['half an object', (good) => good.slice(0, -1), /line 1, column/],
  ['a comma too many', (_, extra) => extra('"x":1,'), /line 1, column/],
  ['single quotes', () => "{'a':1}", /double quotes/],
  ['a comment', (good) => `/* hi */${good}`, /JSON/],
  ['NaN', (_, extra) => extra('"x":NaN'), /value is missing/],
  ['two values', (good) => good + good, /after the value/],
  ['a zero byte behind', (good) => `${good}\0`, /after the value/],
  ['a byte order mark', (good) => bytes([0xef, 0xbb, 0xbf], good), /JSON/],
  ['UTF-16', (good) => Buffer.from(good, 'utf16le'), /JSON/],
  ['a byte that is not UTF-8', (_, extra) => bytes(extra('"x":"').slice(0, -1), [0xff], '"}'), /UTF-8/],
  ['an overlong slash', (_, extra) => bytes(extra('"x":"').slice(0, -1), [0xc0, 0xaf], '"}'), /UTF-8/],
  ['half a character', (_, extra) => extra('"x":"\\ud800"'), /surrogate/],
  ['a key twice', (_, extra) => extra('"x":1,"x":2'), /twice/],
  ['a key twice, deep', (_, extra) => extra('"x":[{"y":{"a":1,"b":2,"a":1}}]'), /twice/],
  ['a key twice, escaped', (_, extra) => extra('"x":1,"\\u0078":2'), /twice/],
  ['__proto__', (_, extra) => extra('"__proto__":{"admin":true}'), /__proto__/],
  ['__proto__, deep and escaped', (_, extra) => extra('"x":{"\\u005f_proto__":1}'), /__proto__/],
  ['an integer that doubles cannot hold', (_, extra) => extra('"x":9007199254740993'), /9007199254740991/],
  ['an infinite number', (_, extra) => extra('"x":1e400'), /too large/],
  ['a number of 400 digits', (_, extra) => extra(`"x":0.${'1'.repeat(400)}`), /number is longer/],
  ['65 levels', (_, extra) => extra(`"x":${nested(64)}`), /nested deeper/],
  ['30,000 levels', () => nested(30_000), /nested deeper/],
  ['30,000 open brackets', () => '['.repeat(30_000), /nested deeper/],
  ['an array', (good) => `[${good}]`, /object|batch/i],
  ['null', () => 'null', /object|JSON-RPC|expected/i],
  ['a string', () => '"x"', /object|JSON-RPC|expected/i],
];

describe.each(SURFACES)('$path', (surface) => {
  const good = JSON.stringify(surface.body);
  const extra = (members: string) => `${good.slice(0, -1)},${members}}`;

  test('takes the good request that all bad ones are made from', async () => {
    const before = plane.upstreamCalls();
    const answer = await ask(surface, good);
    expect(answer.status, answer.body).toBe(200);
    expect(plane.upstreamCalls() - before).toBe(surface.who === 'admin' ? 0 : 1);
  });

  test.each(BODIES)('%s', async (_name, make, says) => {
    const { status, message } = await refused(surface, () => ask(surface, make(good, extra)));
    expect(status).toBe(400);
    expect(message).toMatch(says);
  });

  test.each([
    undefined,
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/json',
    'application/xml',
    ';',
    'application/json x',
  ])('content type %j', async (type) => {
    const { status, message } = await refused(surface, () => ask(surface, good, { 'content-type': type }));
    expect(status).toBe(415);
    expect(message).toContain('application/json');
  });

  test.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json ;charset=utf-8'])(
    'content type %j is fine',
    async (type) => {
      expect(await ask(surface, good, { 'content-type': type })).toMatchObject({ status: 200 });
    },
  );

  test.each([
    ['gzip', gzipSync(good)],
    ['gzip, gzip', gzipSync(gzipSync(good))],
    ['deflate', good],
    ['br', good],
    ['zstd', good],
    ['x-unheard-of', good],
  ])('content encoding %s', async (encoding, body) => {
    const { status, message } = await refused(surface, () => ask(surface, body, { 'content-encoding': encoding }));
    expect(status).toBe(415);
    expect(message).toContain('without content-encoding');
  });

  test('fields that Reeve does not know', async () => {
    const body = extra('"reeve_has_no_such_field":{"a":[1,null]}');
    if (surface.unknownFields === 'refused') {
      const { status, message } = await refused(surface, () => ask(surface, body));
      expect(status).toBe(400);
      expect(message).toContain('reeve_has_no_such_field');
      return;
    }
    expect(await ask(surface, body)).toMatchObject({ status: 200 });
    if (surface.unknownFields === 'kept')
      expect(plane.provider.requests.at(-1)?.body).toContain('"reeve_has_no_such_field":{"a":[1,null]}');
  });

  test('a body over the limit, said before it is sent', async () => {
    const head = requestOf('POST', surface.path, headersFor(surface, { 'content-length': String(50 * 1024 * 1024) }));
    const { answers } = await sendRaw(plane.reeve.url, head, { answers: 1 });
    const message = expectRefusal(surface, answers[0] ?? never(), secrets);
    expect(answers[0]?.status).toBe(413);
    expect(message).toContain(String(LIMIT));
  });

  test('a body over the limit in chunks that say nothing of it', async () => {
    const chunk = Buffer.concat([Buffer.from('4000\r\n'), Buffer.alloc(0x4000, 32), Buffer.from('\r\n')]);
    const head = requestOf(
      'POST',
      surface.path,
      headersFor(surface, { 'content-length': undefined, 'transfer-encoding': 'chunked' }),
    );
    const { answers } = await sendRaw(plane.reeve.url, Buffer.concat([head, chunk, chunk, chunk, chunk, chunk]), {
      answers: 1,
    });
    expect(answers[0]?.status).toBe(413);
    expectRefusal(surface, answers[0] ?? never(), secrets);
  });

  test.each([
    ['another host', { host: 'evil.example.com' }, 403],
    ['a host that begins like ours', { host: '127.0.0.1.evil.example.com' }, 403],
    ['a host with a user', { host: '127.0.0.1@evil.example.com' }, 403],
    ['a host behind a path', { host: 'evil.example.com/127.0.0.1' }, 403],
    ['no host', { host: undefined }, 400],
    ['an empty host', { host: '' }, 400],
    ['an expectation', { expect: 'miracles' }, 400],
    ['200 headers', Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-${index}`, 'y'])), 400],
    ['a header of 20 KB', { 'x-large': 'y'.repeat(20_000) }, 413],
  ] as const)('%s', async (_name, more, expected) => {
    const { status } = await refused(surface, () => ask(surface, good, more));
    expect(status).toBe(expected);
  });

  test.each([
    'host: 127.0.0.1',
    'authorization: Bearer other',
    'content-type: text/plain',
    'Content-Type: application/json',
  ])('a second %s', async (header) => {
    const request = requestOf('POST', surface.path, headersFor(surface), good).toString('latin1');
    const { status } = await refused(surface, async () => {
      const { answers } = await sendRaw(plane.reeve.url, request.replace('\r\n', `\r\n${header}\r\n`), { answers: 1 });
      return answers[0] ?? never();
    });
    expect(status).toBe(400);
  });

  test.each([
    ['a slash in front', (path: string) => `/${path}`],
    ['a dot segment', (path: string) => path.replace(/\/([^/]*)$/, '/./$1')],
    ['a way up and down', (path: string) => `/x/..${path}`],
    ['an encoded way up', (path: string) => `/x/%2e%2E${path}`],
    ['an encoded slash', (path: string) => path.replace(/^\/([^/]+)\/?/, '/$1%2F')],
    ['an encoded backslash', (path: string) => `${path}%5c`],
    ['a backslash', (path: string) => path.replace(/^\//, '/\\')],
    ['an encoded zero', (path: string) => `${path}%00`],
    ['a broken escape', (path: string) => `${path}%zz`],
    ['a fragment', (path: string) => `${path}#x`],
    ['a byte that is no ASCII', (path: string) => `${path}é`],
    ['a whole URL', (path: string) => `http://127.0.0.1${path}`],
    ["another server's URL", (path: string) => `http://evil.example.com${path}`],
  ])('path with %s', async (_name, trick) => {
    const before = plane.upstreamCalls();
    const answer = await ask(surface, good, {}, 'POST', trick(surface.path));
    // Some tricks lead out of the surface's part of the path space, so the shape may be another.
    expect([400, 404]).toContain(answer.status);
    expect(JSON.parse(answer.body)).toHaveProperty('error');
    expect(plane.upstreamCalls()).toBe(before);
  });

  test.each(['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])('method %s', async (method) => {
    const { status } = await refused(surface, () => ask(surface, good, {}, method));
    expect([404, 405]).toContain(status);
  });

  test.each([
    ['a length beside chunks', 'content-length: 5\r\ntransfer-encoding: chunked'],
    ['chunks beside a length', 'transfer-encoding: chunked\r\ncontent-length: 5'],
    ['two lengths', 'content-length: 5\r\ncontent-length: 6'],
    ['a length with a sign', 'content-length: +5'],
    ['a negative length', 'content-length: -5'],
    ['a length in hexadecimal', 'content-length: 0x5'],
    ['a list of lengths', 'content-length: 5, 5'],
    ['a length that overflows', 'content-length: 99999999999999999999'],
    ['an unknown transfer coding', 'transfer-encoding: chunked, identity'],
    ['a hidden transfer coding', 'transfer-encoding: xchunked'],
    ['a folded header', 'x-folded: a\r\n b\r\ncontent-length: 5'],
    ['a bare line feed', 'x-a: b\ncontent-length: 5'],
    ['a bare carriage return', 'x-a: b\rcontent-length: 5'],
    ['a zero in a header', 'x-a: b\0c\r\ncontent-length: 5'],
    ['a space before the colon', 'x-a : b\r\ncontent-length: 5'],
    ['a space before a name', ' x-a: b\r\ncontent-length: 5'],
    ['a header without a name', ': b\r\ncontent-length: 5'],
    ['a header without a colon', 'nonsense\r\ncontent-length: 5'],
  ])('framing: %s is one refusal, then the end', async (_name, headers) => {
    const before = plane.upstreamCalls();
    const follower = requestOf('POST', surface.path, headersFor(surface), good).toString('latin1');
    const head = `POST ${surface.path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${plane.agentKey}\r\n`;
    const { answers, closed } = await sendRaw(plane.reeve.url, `${head}${headers}\r\n\r\n0\r\n\r\n${follower}`);
    expect(closed).toBe(true);
    expect(answers).toHaveLength(1);
    expect(answers[0]?.status).toBe(400);
    expectRefusal(surface, answers[0] ?? never(), secrets);
    expect(plane.upstreamCalls()).toBe(before);
  });

  test.each([
    ['a chunk size that is no number', 'zz\r\nhello\r\n0\r\n\r\n'],
    ['a chunk longer than it says', '2\r\nhello\r\n0\r\n\r\n'],
    ['a negative chunk', '-1\r\nhello\r\n0\r\n\r\n'],
    ['a chunk size that overflows', 'ffffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
    ['a bare line feed in chunks', '5\nhello\n0\n\n'],
  ])('framing: %s', async (_name, body) => {
    const before = plane.upstreamCalls();
    const head = requestOf(
      'POST',
      surface.path,
      headersFor(surface, { 'content-length': undefined, 'transfer-encoding': 'chunked' }),
    );
    const { answers, closed } = await sendRaw(plane.reeve.url, Buffer.concat([head, Buffer.from(body)]));
    expect(closed).toBe(true);
    expect(answers).toHaveLength(1);
    expectRefusal(surface, answers[0] ?? never(), secrets);
    expect(plane.upstreamCalls()).toBe(before);
  });

  test('Expect: 100-continue is answered by what will happen', async () => {
    const head = requestOf(
      'POST',
      surface.path,
      headersFor(surface, { expect: '100-continue', 'content-length': String(LIMIT + 1) }),
    );
    const { answers } = await sendRaw(plane.reeve.url, head, { answers: 1 });
    expect(answers[0]?.status).toBe(413);
    expect(await ask(surface, good, { expect: '100-continue' })).toMatchObject({ status: 200 });
  });

  test('HTTP/1.0', async () => {
    const request = requestOf('POST', surface.path, headersFor(surface), good).toString('latin1');
    const { answers, closed } = await sendRaw(plane.reeve.url, request.replace('HTTP/1.1', 'HTTP/1.0'));
    expect(answers).toHaveLength(1);
    expect(closed).toBe(true);
    expect(answers[0]?.status).toBe(200);
  });

  test('pipelined requests are answered in order; a broken one ends the rest', async () => {
    const request = requestOf('POST', surface.path, headersFor(surface), good);
    const bad = requestOf('POST', surface.path, headersFor(surface), '{');
    const { answers } = await sendRaw(plane.reeve.url, Buffer.concat([request, bad, request]), { answers: 3 });
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200]);
  });
});

test.each(['http://evil.example.com', 'null', 'http://127.0.0.1.evil.example.com', 'not a url'])(
  'MCP from a page of %s',
  async (origin) => {
    for (const surface of SURFACES.filter(({ path }) => path.startsWith('/mcp'))) {
      const { status } = await refused(surface, () => ask(surface, JSON.stringify(surface.body), { origin }));
      expect(status).toBe(403);
    }
  },
);

test.each([
  ['nothing like HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['HTTP/2 without agreement', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/0.9', 'GET /healthz\r\n\r\n'],
  ['HTTP/1.2', 'GET /healthz HTTP/1.2\r\nhost: 127.0.0.1\r\n\r\n'],
  ['an unknown method', 'BREW /pot HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'],
])('%s is refused and the connection closed', async (_name, text) => {
  const { answers, closed } = await sendRaw(plane.reeve.url, Buffer.from(text, 'latin1'));
  expect(closed).toBe(true);
  expect(answers.map(({ status }) => status)).toEqual([400]);
});

test('a tunnel is refused', async () => {
  const { answers, closed } = await sendRaw(
    plane.reeve.url,
    'CONNECT evil.example.com:443 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
  );
  expect(answers.map(({ status }) => status)).toEqual([405]);
  expect(closed).toBe(true);
});

test('an upgrade is not taken', async () => {
  const upgrade = { host: '127.0.0.1', connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const { answers } = await sendRaw(plane.reeve.url, requestOf('GET', '/v1/models', upgrade), { answers: 1 });
  expect(answers[0]?.status).toBe(401);
});

test('a broken request behind one that is under way does not take its answer', async () => {
  const [chat] = SURFACES;
  if (chat === undefined) throw new Error('no surface');
  const slow = requestOf(
    'POST',
    chat.path,
    headersFor(chat),
    JSON.stringify({ ...chat.body, model: 'openai/sim-slow' }),
  );
  const { answers, closed } = await sendRaw(plane.reeve.url, Buffer.concat([slow, Buffer.from('BROKEN\r\n\r\n')]));
  expect(answers).toEqual([]);
  expect(closed).toBe(true);
});

test('after all this the server answers as before, and holds no money back', async () => {
  const socket = await open(plane.reeve.url);
  socket.destroy();
  const { items } = await plane.reeve.admin.call('budgets.list', { query: {} });
  expect(items.map(({ reserved }) => Number(reserved))).toEqual(items.map(() => 0));
  expect(items.length).toBeGreaterThan(0);
});

function never(): never {
  throw new Error('closed without an answer');
}
