/** The MCP wire in both protocol eras: fronts at `/mcp`, upstream transports, and the catalogue of approved tools. */
export type { ToolPinEvent, ToolPinRecorder, ToolReview } from './catalogue/tool-pins.ts';
export type { EdgeRules } from './front/edge-check.ts';
export type { FrontParts } from './front/front-parts.ts';
export type { McpCaller, McpCallers } from './front/mcp-caller.ts';
export { mcpRoutes } from './front/mcp-routes.ts';
export { answerOfError } from './front/outcome-answer.ts';
export { McpPlane, type McpPlaneOptions, type ToolCaller, type ToolReviews } from './mcp-plane.ts';
