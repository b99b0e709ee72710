/** Stored policies, the base policies below them, and the answers that they give. */
export { PolicyEngine } from './policy-engine.ts';
export type { PolicyRequest } from './policy-request.ts';
