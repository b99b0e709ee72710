/** The HTTP edge: limits, errors, and the binding of declared routes to handlers. */
export { type ApiHandlers, bindApi } from './api-binder.ts';
export type { StreamedEvent } from './event-stream.ts';
export { createHttpServer } from './http-server.ts';
export { bindPublicRoutes, type PublicParts } from './public-routes.ts';
