import type { OutboundResponse } from './outbound.ts';
import { toOutboundError } from './outbound-error.ts';
import { ReeveError } from './reeve-error.ts';

/** The whole body, or ReeveError `upstream_failed` where it is longer than `maxBytes` or breaks off. */
export async function readBody(response: OutboundResponse, maxBytes: number): Promise<Buffer> {
  const { body } = response;
  const declared = Number(response.headers['content-length']);
  if (declared > maxBytes) {
    body.on('error', () => {});
    body.destroy();
    throw tooLarge(maxBytes);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Leaving the loop destroys the body and its connection.
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw toOutboundError(error, 'body');
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size);
}

function tooLarge(maxBytes: number): ReeveError {
  return new ReeveError('upstream_failed', `the upstream's answer is larger than ${maxBytes} bytes`, {
    detail: { failure: 'too_large' },
  });
}
