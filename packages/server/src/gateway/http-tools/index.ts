/** HTTP APIs as tools, and the plain HTTP way to propose an action. */
export { actionRoutes } from './action-routes.ts';
export { HttpTools } from './http-tools.ts';
