import type { Agent, ApiShape, Attribution } from '@reeve/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PresentedCredential } from '../../access/index.ts';
import { newId, ReeveError, toReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { ProposedAction } from '../action.ts';
import { attributionFromHeaders } from '../attribution.ts';
import { presentedCredential } from '../presented-credential.ts';
import { waitFromHeaders } from '../wait-header.ts';
import type { WaitingPipeline } from '../waiting-pipeline.ts';
import { answer, answerError, answerJson } from './answer.ts';
import { withBodyAttribution } from './body-attribution.ts';
import { ENDPOINTS, GEMINI_METHODS, MOUNTS, REALMS } from './endpoints.ts';
import { modelEntry, modelList } from './model-list.ts';
import { ModelOperation, type ModelPlane } from './model-operation.ts';
import { ResponseSink } from './response-sink.ts';
import type { PathFacts, Surface } from './surface.ts';
import { SURFACES } from './surfaces.ts';

export interface LlmRoutesParts extends ModelPlane {
  readonly pipeline: Pick<WaitingPipeline, 'run'>;
  /** Who is calling, for lists. Throws ReeveError `unauthenticated`. */
  identify(presented: PresentedCredential): Promise<{ readonly fleet: Fleet; readonly agent: Agent }>;
  /** Whether a policy could permit it: lists show nothing that is always refused. */
  readonly mayListModel: (workspace: string, agent: string, model: string) => boolean;
}

const EMPTY = Buffer.alloc(0);
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** The model APIs. The scope must hand request bodies over as they came, as a Buffer. */
export function llmRoutes(parts: LlmRoutesParts): (app: FastifyInstance) => void {
  return (app) => {
    for (const { shape, path, surface } of ENDPOINTS) {
      for (const mount of MOUNTS[shape]) {
        app.post(mount + path, (request, reply) => act(parts, SURFACES[surface], {}, request, reply));
      }
    }
    for (const shape of ['openai', 'anthropic', 'gemini'] as const) mountLists(app, parts, shape);
    for (const mount of MOUNTS.gemini) {
      app.post(`${mount}/models/*`, (request, reply) => actOnPath(parts, request, reply));
    }
    for (const shape of ['openai', 'anthropic', 'gemini'] as const) {
      for (const realm of REALMS[shape])
        app.all(`${realm}/*`, (request, reply) => refuseUnknown(shape, request, reply));
    }
  };
}

async function act(
  parts: LlmRoutesParts,
  surface: Surface,
  path: PathFacts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  reply.hijack();
  try {
    const { headers } = request;
    const bytes = bodyOf(request);
    const fromHeaders = attributionFromHeaders(headers);
    const callerGone = goneSignal(reply);
    const propose = (): ProposedAction => {
      const id = newId('action');
      const sink = new ResponseSink(reply.raw, surface.shape, surface.name, id);
      const operation = new ModelOperation(parts, { surface, path, headers, bytes, sink });
      return {
        id,
        kind: 'model.generate',
        receivedAtMs: parts.now(),
        presented: presentedCredential(headers, request.ip, request.url),
        attribution: attributionOf(surface.shape, operation, fromHeaders),
        operation,
        callerGone,
      };
    };
    answer(reply.raw, surface.shape, await parts.pipeline.run(propose, waitFromHeaders(headers)));
  } catch (error) {
    answerError(reply.raw, surface.shape, toReeveError(error), newId('action'));
  }
}

/** A page of another origin may send what is not JSON without asking first. */
function bodyOf(request: FastifyRequest): Buffer {
  if (!JSON_TYPE.test(request.headers['content-type'] ?? ''))
    throw new ReeveError('unsupported_media_type', 'send the body with the header content-type: application/json');
  return Buffer.isBuffer(request.body) ? request.body : EMPTY;
}

/** A body that cannot be read is refused by the pipeline, so that the refusal is recorded. */
function attributionOf(shape: ApiShape, operation: ModelOperation, headers: Attribution): Attribution {
  try {
    return withBodyAttribution(shape, operation.body, headers);
  } catch {
    return headers;
  }
}

function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

async function actOnPath(parts: LlmRoutesParts, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const rest = (request.params as { '*': string })['*'];
  const colon = rest.lastIndexOf(':');
  const name = rest.slice(colon + 1);
  const method = Object.hasOwn(GEMINI_METHODS, name) ? GEMINI_METHODS[name] : undefined;
  if (colon < 1 || method === undefined) return refuseUnknown('gemini', request, reply);
  if (method.stream && (request.query as { alt?: unknown }).alt !== 'sse') {
    const error = new ReeveError('invalid_request', 'streamGenerateContent is served as events: add ?alt=sse');
    reply.hijack();
    return answerError(reply.raw, 'gemini', error, newId('action'));
  }
  const path = { model: rest.slice(0, colon), stream: method.stream };
  return act(parts, SURFACES[method.surface], path, request, reply);
}

function mountLists(app: FastifyInstance, parts: LlmRoutesParts, shape: ApiShape): void {
  for (const mount of MOUNTS[shape]) {
    app.get(`${mount}/models`, (request, reply) => list(parts, shape, undefined, request, reply));
    app.get(`${mount}/models/*`, (request, reply) =>
      list(parts, shape, (request.params as { '*': string })['*'], request, reply),
    );
  }
}

async function list(
  parts: LlmRoutesParts,
  shape: ApiShape,
  one: string | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  reply.hijack();
  try {
    const { fleet, agent } = await parts.identify(presentedCredential(request.headers, request.ip, request.url));
    const names = parts.router
      .list(fleet, agent, shape)
      .filter((name) => parts.mayListModel(fleet.workspace, agent.name, name));
    if (one === undefined) return answerJson(reply.raw, 200, modelList(shape, names));
    if (!names.includes(one)) throw new ReeveError('unknown_model');
    answerJson(reply.raw, 200, modelEntry(shape, one));
  } catch (error) {
    answerError(reply.raw, shape, toReeveError(error), newId('action'));
  }
}

function refuseUnknown(shape: ApiShape, request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  const [path] = request.url.split('?');
  const message = `Reeve does not serve ${request.method} ${path?.slice(0, 200)}; nothing was sent on`;
  answerError(reply.raw, shape, new ReeveError('not_found', message), newId('action'));
}
