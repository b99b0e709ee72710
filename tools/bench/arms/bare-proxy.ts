// The least that a JSON proxy can be, with the very libraries of the server: parse the body, forward it, return the bytes.
import { createRequire } from 'node:module';

const server = createRequire(new URL('../../../packages/server/package.json', import.meta.url));

interface App {
  post(path: string, handler: (request: Incoming, reply: Reply) => Promise<Reply>): void;
  listen(options: { host: string; port: number }): Promise<string>;
}

interface Incoming {
  readonly body: unknown;
  readonly headers: { readonly authorization?: string };
}

interface Reply {
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  send(bytes: Buffer): Reply;
}

interface Undici {
  readonly Agent: new (options: object) => object;
  request(url: string, options: object): Promise<{ statusCode: number; body: { arrayBuffer(): Promise<ArrayBuffer> } }>;
}

const fastify = server('fastify') as (options: object) => App;
const { Agent, request } = server('undici') as Undici;
const [, , upstream] = process.argv;
const dispatcher = new Agent({ connections: 256, pipelining: 1 });
const app = fastify({ logger: false });

app.post('/v1/chat/completions', async (incoming, reply) => {
  const { statusCode, body } = await request(`${upstream}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: incoming.headers.authorization },
    body: JSON.stringify(incoming.body),
    dispatcher,
  });
  return reply
    .code(statusCode)
    .header('content-type', 'application/json')
    .send(Buffer.from(await body.arrayBuffer()));
});

const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.on('disconnect', () => process.exit(0));
process.send?.(Number(new URL(address).port));
