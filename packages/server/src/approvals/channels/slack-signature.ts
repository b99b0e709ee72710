import { createHmac, timingSafeEqual } from 'node:crypto';

/** Older requests are refused, and so long a signature is remembered. */
export const SLACK_TOLERANCE_MS = 5 * 60_000;
const SIGNATURE = /^v0=[0-9a-f]{64}$/;

export interface SignedRequest {
  readonly timestamp: unknown;
  readonly signature: unknown;
  /** As it came: re-encoding it would change what was signed. */
  readonly body: Uint8Array;
}

/** Whether Slack signed this, now. */
export function isSignedBySlack({ timestamp, signature, body }: SignedRequest, secret: string, nowMs: number): boolean {
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return false;
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > SLACK_TOLERANCE_MS) return false;
  const expected = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature.slice('v0='.length), 'hex'));
}
