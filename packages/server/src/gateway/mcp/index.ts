/** The MCP wire in both protocol eras: fronts at `/mcp`, upstream transports, and the catalogue of approved tools. */
export type { ToolPinEvent } from './catalogue/tool-pins.ts';
export type { McpCaller } from './front/mcp-caller.ts';
export { mcpRoutes } from './front/mcp-routes.ts';
export { answerOfError } from './front/outcome-answer.ts';
export { McpPlane, type ToolReviews } from './mcp-plane.ts';
export { HeldTasks } from './tasks/held-tasks.ts';
