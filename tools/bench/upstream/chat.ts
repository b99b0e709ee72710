import type { Socket } from 'node:net';
import { STREAM_END, stampNow } from './stream-clock.ts';

/** A model provider that answers at once, with as little work as possible: about 300 bytes, always the same. */
export const CHAT_ANSWER = 'The answer of the mock is forty-two.';

const STREAM_CHUNKS = 100;
const CHUNK_EVERY_MS = 20;

const usage = { prompt_tokens: 24, completion_tokens: 9, total_tokens: 33 };
const completion = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'mock-small',
  choices: [{ index: 0, message: { role: 'assistant', content: CHAT_ANSWER }, finish_reason: 'stop' }],
  usage,
});

export const CHAT_REPLY = jsonReply(completion);

export function jsonReply(text: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

export function streamChat(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n');
  let sent = 0;
  const timer = setInterval(() => {
    if (sent++ < STREAM_CHUNKS) return void socket.write(chunk(event({ content: stampNow() }, null)));
    clearInterval(timer);
    const last = `${event({}, 'stop')}data: ${JSON.stringify({ ...FRAME, choices: [], usage })}\n\n${STREAM_END}\n\n`;
    socket.write(`${chunk(last)}0\r\n\r\n`);
  }, CHUNK_EVERY_MS);
  socket.once('close', () => clearInterval(timer));
}

const FRAME = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_790_000_000, model: 'mock-small' };

function event(delta: object, finish: 'stop' | null): string {
  return `data: ${JSON.stringify({ ...FRAME, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}
