/** Agent keys, admin and person tokens, and shadow agents: who may speak; and the secrets that Reeve holds for upstreams. */
export { type Admin, AdminTokens } from './admin-tokens.ts';
export { CredentialService } from './credential-service.ts';
export type { Identity, PresentedCredential } from './identity.ts';
export { includesRole, People } from './people.ts';
export { Secrets } from './secrets.ts';
export { ShadowAgents } from './shadow-agents.ts';
