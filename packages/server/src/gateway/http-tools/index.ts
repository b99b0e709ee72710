/** HTTP APIs as tools, and the plain HTTP way to propose an action. */
export { type ActionRouteParts, actionRoutes, type ToolOperations } from './action-routes.ts';
export type { HttpToolParts } from './http-tool-operation.ts';
export { type HttpToolListing, HttpTools } from './http-tools.ts';
