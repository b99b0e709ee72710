import { isId } from '@reeve/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ReeveError } from '../../lib/index.ts';
import { PAGE_HEADERS } from './approval-page.ts';
import { answerPage, openPage, openPageWithToken, type Page, type PageParts } from './approval-page-service.ts';
import { type InteractionParts, takeSlackClick } from './slack-interactions.ts';

const MAX_FORM_BYTES = 16 * 1024;
const MAX_REASON = 1_000;

export interface ChannelRoutesParts {
  readonly page: PageParts;
  readonly slack: InteractionParts;
}

/** The page of an approval, and what Slack sends when somebody clicks there. The scope must hand bodies over as bytes. */
export function channelRoutes({ page, slack }: ChannelRoutesParts): (app: FastifyInstance) => void {
  return (app) => {
    app.get<{ Params: { id: string } }>('/approvals/:id', async (request, reply) => {
      const { t } = request.query as { t?: unknown };
      return send(reply, await openPage(page, idOf(request), t));
    });
    app.post<{ Params: { id: string } }>('/approvals/:id', async (request, reply) => {
      const id = idOf(request);
      const { token, key, verdict, reason } = readForm(request);
      if (token === undefined) return send(reply, await openPageWithToken(page, id, key ?? ''));
      return send(reply, await answerPage(page, id, { token, verdict, reason }));
    });
    app.post('/channels/slack/interactions', async (request, reply) => {
      if (!(request.body instanceof Uint8Array)) throw new ReeveError('invalid_request', 'the body is empty');
      const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = request.headers;
      const afterwards = await takeSlackClick(slack, { timestamp, signature, body: request.body });
      // Slack waits three seconds for this.
      void afterwards();
      return reply.code(200).send();
    });
  };
}

function idOf(request: FastifyRequest<{ Params: { id: string } }>): string {
  const { id } = request.params;
  if (!isId('approval', id)) throw new ReeveError('not_found', 'an approval has an id that starts with apr_');
  return id;
}

/** A form of our own page. What other pages send has no token of ours; what says that it comes from one is not read at all. */
function readForm(request: FastifyRequest): Partial<Record<'token' | 'key' | 'verdict' | 'reason', string>> {
  const { 'content-type': type = '', 'sec-fetch-site': site = 'none' } = request.headers;
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    throw new ReeveError('unsupported_media_type', 'this address takes the form of its page');
  if (site !== 'none' && site !== 'same-origin')
    throw new ReeveError('forbidden', 'the form was sent from another page');
  const { body } = request;
  if (!(body instanceof Uint8Array)) throw new ReeveError('invalid_request', 'the form is empty');
  if (body.length > MAX_FORM_BYTES)
    throw new ReeveError('payload_too_large', `the form is larger than ${MAX_FORM_BYTES} bytes`);
  const fields = new URLSearchParams(Buffer.from(body).toString('utf8'));
  const form: Partial<Record<'token' | 'key' | 'verdict' | 'reason', string>> = {};
  for (const name of ['token', 'key', 'verdict', 'reason'] as const) {
    const value = fields.get(name);
    if (value !== null && value !== '') form[name] = name === 'reason' ? value.slice(0, MAX_REASON) : value;
  }
  return form;
}

function send(reply: FastifyReply, { status, body }: Page): FastifyReply {
  return reply.code(status).headers(PAGE_HEADERS).send(body);
}
