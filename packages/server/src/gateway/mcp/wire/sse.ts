import type { Readable } from 'node:stream';
import { ReeveError } from '../../../lib/index.ts';

/** Largest single message taken from an upstream. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** The data of each event of a `text/event-stream`, one after the other. */
export async function* readSseData(body: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = '';
  let data: string[] = [];
  let size = 0;
  for await (const chunk of body) {
    const text = decoder.decode(chunk as Uint8Array, { stream: true });
    pending += text;
    if (pending.length > MAX_MESSAGE_BYTES) throw tooLarge();
    if (!/[\r\n]/.test(text)) continue;
    const lines = pending.split(/\r\n|\n|\r(?!$)/);
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n');
        data = [];
        size = 0;
      } else if (line.startsWith('data:')) {
        size += line.length;
        if (size > MAX_MESSAGE_BYTES) throw tooLarge();
        data.push(line.slice(line.charCodeAt(5) === 32 ? 6 : 5));
      }
    }
  }
}

export function sseEvent(message: object, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

/** A whole body of bounded size. */
export async function readText(body: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Uint8Array).length;
    if (size > MAX_MESSAGE_BYTES) throw tooLarge();
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(): ReeveError {
  return new ReeveError('upstream_failed', `the tool server sent a message over ${MAX_MESSAGE_BYTES} bytes`);
}
