/** Stored policies, the base policies below them, and the answers that they give. */
export { NamePatterns } from './name-patterns.ts';
export { type ListedPolicy, PolicyEngine, type PolicyEngineOptions } from './policy-engine.ts';
export type { PolicyRequest } from './policy-request.ts';
export type { WhoCanQuery, WhoCanRow } from './who-can.ts';
