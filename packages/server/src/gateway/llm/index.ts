/** Model APIs: OpenAI, Anthropic and Gemini wires, routes to targets, usage and prices. */
export { type LlmRoutesParts, llmRoutes } from './llm-routes.ts';
export { ModelRouter } from './model-router.ts';
