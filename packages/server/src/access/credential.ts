import type { CredentialId } from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import type { Durability, Statement } from '../storage/index.ts';

/** How an agent proves itself. The secret itself is nowhere: only its hash is kept. */
export interface Credential {
  readonly id: CredentialId;
  readonly workspace: string;
  readonly agent: string;
  readonly note: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly expiresAtMs: number;
  readonly rotatedFrom: CredentialId | undefined;
  readonly revokedAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
  readonly state: CredentialState;
  readonly flags: readonly CredentialFlag[];
}

type CredentialState = 'active' | 'expired' | 'revoked';

/** `two_applications`: client programs of different families use it. `many_addresses`: it comes from more places than one service would. */
export type CredentialFlag = 'two_applications' | 'many_addresses';

/** A credential and its secret, shown once. */
export interface IssuedKey {
  readonly id: CredentialId;
  readonly agent: string;
  readonly key: string;
  readonly expiresAtMs: number;
}

/** Entries of the ledger, as packages/ledger declares them. */
export type CredentialEvent = Extract<EntryBody, { event: 'key.created' | 'key.rotated' | 'key.revoked' }>;
export type ShadowEvent = Extract<EntryBody, { event: 'shadow.seen' }>;

/** Appends entries and executes `also` in one unit: both are durable or neither. app.ts binds it to the ledger. */
export interface AccessLog<Event> {
  append(events: readonly Event[], also: readonly Statement[], durability: Durability): Promise<unknown>;
}
