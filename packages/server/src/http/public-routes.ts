import { openApiDocument } from '@reeve/contracts';
import type { FastifyInstance } from 'fastify';
import { ReeveError } from '../lib/index.ts';

export interface PublicParts {
  readonly version: string;
  /** What keeps the server from deciding and recording; empty when ready. */
  readonly problems: () => readonly string[];
  readonly metrics: () => Promise<string>;
  readonly ledgerFile: (
    path: string,
  ) => Promise<{ bytes: Uint8Array; contentType: string; cacheControl: string } | undefined>;
  readonly schemas: Readonly<Record<string, unknown>>;
}

// INVARIANT: these paths, and reads of the control API, are all that answers without an entry in the ledger (SECURITY.md).
export function bindPublicRoutes(app: FastifyInstance, parts: PublicParts): void {
  app.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, reply) => {
    const problems = parts.problems();
    reply
      .code(problems.length === 0 ? 200 : 503)
      .type('text/plain')
      .send(problems.length === 0 ? 'ready\n' : `${problems.join('\n')}\n`);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await parts.metrics()),
  );
  app.get('/api/openapi.json', (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(openApiDocument(parts.version))),
  );
  app.get('/api/schemas/:name', (request, reply) => {
    const { name } = request.params as { name: string };
    if (!Object.hasOwn(parts.schemas, name)) {
      throw new ReeveError(
        'not_found',
        `there is no schema ${JSON.stringify(name)}; there are ${Object.keys(parts.schemas).join(', ')}`,
      );
    }
    return reply.type('application/schema+json').send(JSON.stringify(parts.schemas[name]));
  });
  app.get('/ledger/*', async (request, reply) => {
    const path = (request.params as { '*': string })['*'];
    const file = await parts.ledgerFile(path);
    if (file === undefined)
      throw new ReeveError('not_found', `the ledger has no ${JSON.stringify(path)}; start at /ledger/checkpoint`);
    return reply
      .header('content-type', file.contentType)
      .header('cache-control', file.cacheControl)
      .send(Buffer.from(file.bytes));
  });
  app.get('/', (_request, reply) => reply.type('text/plain; charset=utf-8').send(WELCOME));
}

const WELCOME = `Reeve, a control plane for AI agents.

/v1 /openai/v1 /anthropic /gemini/v1beta   model APIs
/mcp /mcp/{server}                          tools
/actions                                    propose and execute
/api/openapi.json                           control API
/ledger/checkpoint                          the public log
/healthz /readyz /metrics                   operation
`;
