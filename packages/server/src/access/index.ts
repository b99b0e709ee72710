/** People, roles, credentials, tokens, secrets: who may speak, and the secrets that Reeve holds for them. */
export { ADMIN_TOKEN_FILE, type Admin, AdminTokens } from './admin-tokens.ts';
export type {
  AccessLog,
  Credential,
  CredentialEvent,
  CredentialFlag,
  CredentialState,
  IssuedKey,
  ShadowEvent,
} from './credential.ts';
export {
  type CredentialParts,
  CredentialService,
  type NewCredential,
  type RevokedListener,
  type Rotation,
} from './credential-service.ts';
export type { Identity, PresentedCredential } from './identity.ts';
export { type SecretParts, Secrets } from './secrets.ts';
export { ShadowAgents, type ShadowParts } from './shadow-agents.ts';
export type { ShadowAgent } from './shadow-store.ts';
