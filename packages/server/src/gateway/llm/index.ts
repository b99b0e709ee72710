/** Model APIs: OpenAI, Anthropic and Gemini wires, routes to targets, usage and prices. */

export { createAskModel } from './ask-model.ts';
export { REALMS } from './endpoints.ts';
export { llmRoutes } from './llm-routes.ts';
export { ModelRouter } from './model-router.ts';
export { ToolNames } from './tool-names.ts';
export { toWireError } from './wire-error.ts';
