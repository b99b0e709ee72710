import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { NanoUsd, Outcome } from '@reeve/contracts';
import { z } from 'zod';

/** No HTTP status: the call was withheld, cut off or never answered. */
export const NO_REPLY = 0;

/** How the first call ended, errors too. */
export interface StoredReply {
  readonly outcome: Outcome;
  /** `NO_REPLY` where the first call ended without any: its outcome is the whole answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly costNanoUsd: NanoUsd;
  readonly sideEffect?: string;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_LENGTH_BYTES = 4;
const headSchema = z.object({
  outcome: z.custom<Outcome>((value) => typeof value === 'object' && value !== null && 'kind' in value),
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  costNanoUsd: z.number(),
  sideEffect: z.string().optional(),
});

/**
 * Sealed under the idempotency key, which is stored as a hash only: whoever reads the database without knowing the key learns
 * nothing of the reply.
 */
export function sealReply(reply: StoredReply, key: string): Uint8Array {
  const { body, ...rest } = reply;
  const head = Buffer.from(JSON.stringify(rest));
  const length = Buffer.alloc(HEAD_LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, sealingKey(key), iv);
  const parts = [cipher.update(length), cipher.update(head), cipher.update(body), cipher.final()];
  return Buffer.concat([iv, ...parts, cipher.getAuthTag()]);
}

export function openReply(sealed: Uint8Array, key: string): StoredReply {
  const decipher = createDecipheriv(CIPHER, sealingKey(key), sealed.subarray(0, IV_BYTES));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
  const bodyAt = HEAD_LENGTH_BYTES + plain.readUInt32BE(0);
  const head = headSchema.parse(JSON.parse(plain.toString('utf8', HEAD_LENGTH_BYTES, bodyAt)));
  const { sideEffect, ...rest } = head;
  return { ...rest, ...(sideEffect === undefined ? {} : { sideEffect }), body: plain.subarray(bodyAt) };
}

function sealingKey(key: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', 'reeve idempotency reply', 32));
}
