import { API_ROUTES, type ApiRoutes } from '@reeve/contracts';
import type { FastifyInstance } from 'fastify';
import type { AdminTokens, People } from './access/index.ts';
import { type ChannelRoutesParts, channelRoutes } from './approvals/index.ts';
import type { Fronts, FrontsRuntime } from './gateway/fronts.ts';
import { type ApiHandlers, bindApi, bindPublicRoutes, type PublicParts } from './http/index.ts';

export interface RoutesParts {
  readonly fronts: Fronts;
  readonly runtime: FrontsRuntime;
  readonly admins: AdminTokens;
  readonly people: People;
  readonly channels: ChannelRoutesParts;
  readonly handlers: ApiHandlers<ApiRoutes>;
  readonly open: PublicParts;
}

/** Who may call what: the data plane with an agent's key, the control API with an admin token or a person's, a few pages with nothing. */
export function bindRoutes(
  app: FastifyInstance,
  { fronts, runtime, admins, people, channels, handlers, open }: RoutesParts,
): void {
  bindPublicRoutes(app, open); //                                      nobody is asked
  fronts.mount(app, runtime); //                                       agent key
  channelRoutes(channels)(app); //                                     a signed link, a person token, or Slack's signature
  bindApi(app, API_ROUTES, handlers, (bearer) => admins.check(bearer) ?? people.check(bearer)); // admin token, or a person's where a route says so
}
