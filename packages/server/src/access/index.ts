/** People, roles, credentials, tokens, secrets: who may speak, and the secrets that Reeve holds for them. */
export type { Identity, PresentedCredential } from './identity.ts';
