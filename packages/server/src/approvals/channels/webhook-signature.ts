import { createHmac } from 'node:crypto';
import { Undeliverable } from './channel.ts';

const MIN_SECRET_BYTES = 16;

/** Standard Webhooks, version 1: HMAC-SHA256 over id, time and body. */
export function webhookHeaders(secret: string, id: string, atMs: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1_000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: string): Buffer {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret.trim())?.[1];
  const key = Buffer.from(encoded ?? '', 'base64');
  if (key.length < MIN_SECRET_BYTES)
    throw new Undeliverable(`the webhook's secret must be whsec_ and the base64 of at least ${MIN_SECRET_BYTES} bytes`);
  return key;
}
