import type { CredentialId } from '@reeve/contracts';
import { newId, ReeveError } from '../lib/index.ts';
import { hashSecret, makeAgentKey } from './agent-key.ts';
import type { CredentialRow } from './credential-store.ts';
import { KeyUse } from './key-use.ts';

const DAY_MS = 86_400_000;
const DEFAULT_KEY_LIFETIME_MS = 90 * DAY_MS;
export const MAX_KEY_LIFETIME_MS = 365 * DAY_MS;
const MAX_NOTE_LENGTH = 200;

export interface NewCredential {
  readonly workspace: string;
  readonly agent: string;
  readonly by: string;
  readonly note?: string;
  readonly lifetimeMs?: number;
}

export function assertIssuable({ note = '', lifetimeMs = DEFAULT_KEY_LIFETIME_MS }: NewCredential): void {
  if (!(lifetimeMs > 0 && lifetimeMs <= MAX_KEY_LIFETIME_MS)) {
    throw new ReeveError('invalid_request', `a key lives at most ${MAX_KEY_LIFETIME_MS / DAY_MS} days`);
  }
  if (note.length > MAX_NOTE_LENGTH) {
    throw new ReeveError('invalid_request', `a note has at most ${MAX_NOTE_LENGTH} characters`);
  }
}

/** A new row and its secret, which is nowhere else. */
export function issueCredential(
  wanted: NewCredential & { readonly rotatedFrom?: CredentialId },
  createdAtMs: number,
): { readonly row: CredentialRow; readonly key: string } {
  const id = newId('credential', createdAtMs);
  const key = makeAgentKey(id);
  const row: CredentialRow = {
    id,
    workspace: wanted.workspace,
    agent: wanted.agent,
    hash: hashSecret(key),
    note: wanted.note ?? '',
    createdAtMs,
    createdBy: wanted.by,
    rotatedFrom: wanted.rotatedFrom,
    expiresAtMs: createdAtMs + (wanted.lifetimeMs ?? DEFAULT_KEY_LIFETIME_MS),
    revokedAtMs: undefined,
    use: new KeyUse(),
  };
  return { row, key };
}
