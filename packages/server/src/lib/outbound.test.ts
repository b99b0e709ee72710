import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOutboundClient, type OutboundRequest } from './outbound.ts';
import { isPublicAddress } from './outbound-address.ts';
import { readBody } from './outbound-body.ts';
import type { ResolveName } from './outbound-connect.ts';
import { outboundFailure, toOutboundError } from './outbound-error.ts';
import { ReeveError } from './reeve-error.ts';

let server: Server;
let port: number;
let hits = 0;
const open = new Set<() => void>();

beforeAll(async () => {
  server = createServer((request, response) => {
    hits++;
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    if (pathname === '/redirect') response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    else if (pathname === '/silent') open.add(() => response.destroy());
    else if (pathname === '/stalls') {
      response.writeHead(200).write('begin');
      open.add(() => response.destroy());
    } else if (pathname === '/breaks') {
      response.writeHead(200, { 'content-length': '100' }).write('begin', () => response.destroy());
    } else if (pathname === '/large') response.end(Buffer.alloc(100_000));
    else if (pathname === '/large-chunked') {
      response.write(Buffer.alloc(60_000));
      response.end(Buffer.alloc(60_000));
    } else response.end(`hello ${request.headers.host}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  for (const end of open) end();
  server.close();
});

const forbidden: ResolveName = (_, done) => done(new Error('no name should be asked for'), []);
const answers = (...rounds: string[][]): { resolve: ResolveName; asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    resolve: (hostname, done) => {
      const addresses = rounds[Math.min(asked.push(hostname), rounds.length) - 1] ?? [];
      setImmediate(() =>
        done(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
      );
    },
  };
};

function request(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    url: new URL(url),
    method: 'GET',
    headers: {},
    address: 'caller',
    signal: new AbortController().signal,
    headTimeoutMs: 5_000,
    idleTimeoutMs: 5_000,
    ...more,
  };
}

async function refusal(url: string, resolve: ResolveName = forbidden): Promise<string> {
  await using client = createOutboundClient({ resolve });
  const before = hits;
  const error = await client.send(request(url)).then(
    () => undefined,
    (thrown: unknown) => thrown as ReeveError,
  );
  expect(hits).toBe(before);
  return error?.code ?? 'sent';
}

describe('an address that a caller names', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://0x7f.1:PORT/',
    'http://2130706433:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://127.0.0.1:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[64:ff9b::7f00:1]:PORT/',
    'http://[2002:7f00:1::]:PORT/',
    'http://[::127.0.0.1]:PORT/',
    'http://[::]:PORT/',
    'http://[fe80::1]:PORT/',
    'http://[fc00::1]:PORT/',
    'http://[fd00:ec2::254]/',
    'http://[ff02::1]/',
    'http://0.0.0.0:PORT/',
    'http://10.0.0.1/',
    'http://172.31.255.255/',
    'http://192.168.0.1/',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://169.254.169.254/latest/meta-data/',
    'https://169.254.169.254/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://localhost:PORT/',
    'http://localhost.:PORT/',
    'http://LOCALHOST:PORT/',
    'http://a.localhost:PORT/',
    'http://user@example.com/',
    'http://user:password@example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'data:text/plain,hello',
    'http://example.com:22/',
    'http://example.com:25/',
    'http://example.com:0/',
  ])('is refused without asking a resolver: %s', async (url) => {
    expect(await refusal(url.replace('PORT', String(port)))).toBe('destination_denied');
  });

  test.each([
    [['127.0.0.1']],
    [['8.8.8.8', '127.0.0.1']],
    [['169.254.169.254']],
    [['::ffff:10.0.0.1']],
    [['2606:4700::1111', 'fd00:ec2::254']],
  ])('is refused when its name has the addresses %j', async (addresses) => {
    expect(await refusal(`http://example.com:${port}/`, answers(addresses).resolve)).toBe('destination_denied');
  });

  test('is resolved once per connection, and the judged address is the one connected to', async () => {
    const { resolve, asked } = answers(['127.0.0.2'], ['127.0.0.1']);
    const isPublic = (address: string) => address === '127.0.0.2';
    await using client = createOutboundClient({ resolve, isPublic });
    const response = await client.send(request(`http://rebind.example.com:${port}/`));
    expect((await readBody(response, 1_000)).toString()).toBe(`hello rebind.example.com:${port}`);
    expect(response.status).toBe(200);
    expect(asked).toEqual(['rebind.example.com']);
  });

  test('is judged again when a second connection resolves it anew', async () => {
    const { resolve, asked } = answers(['127.0.0.2'], ['127.0.0.1']);
    await using client = createOutboundClient({ resolve, isPublic: (address) => address === '127.0.0.2' });
    const first = await client.send(request(`http://rebind.example.com:${port}/stalls`));
    const second = client.send(request(`http://rebind.example.com:${port}/`));
    await expect(second).rejects.toMatchObject({ code: 'destination_denied' });
    expect(asked).toHaveLength(2);
    first.body.on('error', () => {}).destroy();
  });

  test('does not reuse a connection that the operator opened to the same place', async () => {
    await using client = createOutboundClient({ resolve: forbidden });
    const url = `http://127.0.0.1:${port}/`;
    const allowed = await client.send(request(url, { address: 'operator' }));
    await readBody(allowed, 1_000);
    await expect(client.send(request(url))).rejects.toMatchObject({ code: 'destination_denied' });
  });

  test('never says what a name resolved to', async () => {
    await using client = createOutboundClient({ resolve: answers(['10.1.2.3']).resolve });
    const error = await client.send(request('http://inside.example.com/')).catch((thrown: unknown) => thrown);
    expect((error as ReeveError).message).toBe('inside.example.com is not a public address');
  });
});

test('public addresses are public', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1']) {
    expect(isPublicAddress(address), address).toBe(true);
  }
  for (const address of ['', 'example.com', '127.0.0.1.', '2606:4700::1111%eth0']) {
    expect(isPublicAddress(address), address).toBe(false);
  }
});

describe('an address of the operator', () => {
  const operator = (path: string, more: Partial<OutboundRequest> = {}) =>
    request(`http://127.0.0.1:${port}${path}`, { address: 'operator', ...more });

  test('may be private, but a redirect is never followed', async () => {
    await using client = createOutboundClient();
    const before = hits;
    const response = await client.send(operator('/redirect'));
    await readBody(response, 1_000);
    expect([response.status, response.headers.location]).toEqual([302, 'http://169.254.169.254/']);
    expect(hits).toBe(before + 1);
    const odd = client.send(request(`http://u:p@127.0.0.1:${port}/`, { address: 'operator' }));
    await expect(odd).rejects.toMatchObject({ code: 'destination_denied' });
  });

  const failureOf = (send: Promise<unknown>) =>
    send.then(
      () => undefined,
      (thrown: unknown) => [(thrown as ReeveError).code, outboundFailure(thrown as ReeveError)],
    );

  test('that does not answer, begins late, stalls or breaks off is told apart', async () => {
    await using client = createOutboundClient();
    const nobody = request('http://127.0.0.1:1/', { address: 'operator' });
    expect(await failureOf(client.send(nobody))).toEqual(['upstream_failed', 'connect']);
    expect(await failureOf(client.send(operator('/silent', { headTimeoutMs: 50 })))).toEqual([
      'upstream_timeout',
      'head',
    ]);
    const stalled = await client.send(operator('/stalls', { idleTimeoutMs: 50 }));
    expect(await failureOf(readBody(stalled, 1_000))).toEqual(['upstream_timeout', 'body']);
    const broken = await client.send(operator('/breaks'));
    expect(await failureOf(readBody(broken, 1_000))).toEqual(['upstream_failed', 'body']);
  });

  test('is left when the signal aborts, with the reason of who aborted', async () => {
    await using client = createOutboundClient();
    const stop = new AbortController();
    const sent = client.send(operator('/silent', { signal: stop.signal }));
    setImmediate(() => stop.abort(new ReeveError('run_stopped')));
    await expect(sent).rejects.toMatchObject({ code: 'run_stopped' });

    const gone = new AbortController();
    const other = client.send(operator('/silent', { signal: gone.signal }));
    setImmediate(() => gone.abort('caller gone'));
    expect(await failureOf(other)).toEqual(['upstream_failed', 'aborted']);

    const late = new AbortController();
    const response = await client.send(operator('/stalls', { signal: late.signal }));
    setImmediate(() => late.abort(new ReeveError('agent_suspended')));
    await expect(readBody(response, 1_000)).rejects.toMatchObject({ code: 'agent_suspended' });
  });

  test('that never accepts a connection is left at once by an abort, and in time without one', async () => {
    const never: ResolveName = () => {};
    await using client = createOutboundClient({ resolve: never });
    const stop = new AbortController();
    const sent = client.send(request('http://slow.example.com/', { signal: stop.signal }));
    setImmediate(() => stop.abort(new ReeveError('run_stopped')));
    await expect(sent).rejects.toMatchObject({ code: 'run_stopped' });
    expect(await failureOf(client.send(request('http://slow.example.com/', { headTimeoutMs: 10 })))).toEqual([
      'upstream_timeout',
      'head',
    ]);
    const before = new AbortController();
    before.abort(new ReeveError('run_stopped'));
    await expect(client.send(request('http://slow.example.com/', { signal: before.signal }))).rejects.toMatchObject({
      code: 'run_stopped',
    });
  });

  test('what was given up before a connection was there is never sent', async () => {
    const late = Promise.withResolvers<void>();
    const resolve: ResolveName = (_, done) =>
      void late.promise.then(() => done(null, [{ address: '127.0.0.2', family: 4 }]));
    await using client = createOutboundClient({ resolve, isPublic: () => true });
    const before = hits;
    const url = `http://late.example.com:${port}/`;
    expect(await failureOf(client.send(request(url, { headTimeoutMs: 10 })))).toEqual(['upstream_timeout', 'head']);
    const kept = client.send(request(url));
    late.resolve();
    await readBody(await kept, 1_000);
    expect(hits).toBe(before + 1);
  });

  test('a signal that outlives many calls keeps none of their listeners', async () => {
    await using client = createOutboundClient();
    const signal = new AbortController().signal;
    for (let i = 0; i < 20; i++) await readBody(await client.send(operator('/', { signal })), 1_000);
    await client.send(request('http://127.0.0.1:1/', { address: 'operator', signal })).catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('is read up to a limit', async () => {
    await using client = createOutboundClient();
    for (const path of ['/large', '/large-chunked']) {
      const response = await client.send(operator(path));
      expect(await failureOf(readBody(response, 50_000))).toEqual(['upstream_failed', 'too_large']);
    }
    expect(await readBody(await client.send(operator('/large')), 100_000)).toHaveLength(100_000);
  });
});

test('an error that is no error of undici still becomes ours', () => {
  expect(toOutboundError('odd').code).toBe('upstream_failed');
});
