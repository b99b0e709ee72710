import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { CredentialId, TokenId } from '@reeve/contracts';

/**
 * `rk_<id>_<secret><checksum>`: a prefix that secret scanners know, the part of the public id after `key_`, 160 random bits, and a
 * CRC-32 over all before it, so that a scanner and a person's typing error are told apart from a real key without asking us.
 */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 7;
const ID_LENGTH = 25;
const AGENT_PREFIX = 'rk_';
const ADMIN_PREFIX = 'ra_';
const PERSON_PREFIX = 'rp_';
const AGENT_KEY = /^rk_[0-9a-hjkmnp-tv-z]{25}_[0-9a-hjkmnp-tv-z]{39}$/;
const KEY_LENGTH = AGENT_PREFIX.length + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;

export function makeAgentKey(id: CredentialId): string {
  return withChecksum(`${AGENT_PREFIX}${id.slice('key_'.length)}_${randomSecret()}`);
}

export function makeAdminToken(): string {
  return withChecksum(`${ADMIN_PREFIX}${randomSecret()}`);
}

export function makePersonToken(id: TokenId): string {
  return withChecksum(`${PERSON_PREFIX}${id.slice('tok_'.length)}_${randomSecret()}`);
}

/** The public id in what looks like a person's token of ours. */
export function tokenIdOf(presented: string): TokenId | undefined {
  if (presented.length !== KEY_LENGTH || !presented.startsWith(PERSON_PREFIX)) return undefined;
  return `tok_${presented.slice(PERSON_PREFIX.length, PERSON_PREFIX.length + ID_LENGTH)}`;
}

/** The public id in what looks like a key of ours. Cheap; says nothing about the secret. */
export function publicIdOf(presented: string): CredentialId | undefined {
  if (presented.length !== KEY_LENGTH || !presented.startsWith(AGENT_PREFIX)) return undefined;
  return `key_${presented.slice(AGENT_PREFIX.length, AGENT_PREFIX.length + ID_LENGTH)}`;
}

/** Whether we could have issued it. What fails here needs no look into any store. */
export function isWellFormedKey(presented: string): boolean {
  return AGENT_KEY.test(presented) && withChecksum(presented.slice(0, -CHECKSUM_LENGTH)) === presented;
}

/** Secrets have 160 random bits, so one round of SHA-256 is enough: there is nothing to guess. */
export function hashSecret(presented: string): Buffer {
  return hash('sha256', presented, 'buffer');
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function randomSecret(): string {
  let text = '';
  for (const byte of randomBytes(SECRET_LENGTH)) text += ALPHABET[byte % ALPHABET.length];
  return text;
}

function withChecksum(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    checksum = ALPHABET[rest % ALPHABET.length] + checksum;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text + checksum;
}
