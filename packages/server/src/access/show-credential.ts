import type { Credential } from './credential.ts';
import type { CredentialRow } from './credential-store.ts';

/** What people see of a credential: everything but its hash. */
export function showCredential(row: CredentialRow, nowMs: number): Credential {
  const { id, workspace, agent, note, createdAtMs, createdBy, expiresAtMs, rotatedFrom, revokedAtMs, use } = row;
  const state = revokedAtMs !== undefined ? 'revoked' : expiresAtMs <= nowMs ? 'expired' : 'active';
  return {
    id,
    workspace,
    agent,
    note,
    createdAtMs,
    createdBy,
    expiresAtMs,
    rotatedFrom,
    revokedAtMs,
    lastUsedAtMs: use.lastUsedAtMs,
    state,
    flags: use.flags(),
  };
}
