/** HTTP APIs as tools, and the plain HTTP way to propose an action. */
export { type ActionRouteParts, actionRoutes } from './action-routes.ts';
export type { HttpToolParts } from './http-tool-operation.ts';
export { type HttpToolListing, HttpTools } from './http-tools.ts';
export { mcpToolOperations, type ToolOperations } from './tool-operations.ts';
