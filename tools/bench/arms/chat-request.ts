import { CHAT_ANSWER } from '../upstream/chat.ts';
import { STREAM_END } from '../upstream/stream-clock.ts';
import { post, type Target } from '../wire/target.ts';

const BODY = {
  messages: [
    { role: 'system', content: 'You answer questions about orders in one short sentence.' },
    { role: 'user', content: 'What is the answer to the question of life, the universe and everything else?' },
  ],
  temperature: 0.2,
};

interface ChatOptions {
  readonly path?: string;
  readonly model?: string;
  /** One set of headers for each caller; calls take them in turn. */
  readonly headers?: readonly Readonly<Record<string, string>>[];
}

/** About 300 bytes of request, the same in every arm but for address and credentials. */
export function chatTarget(port: number, options: ChatOptions = {}): Target {
  return { port, requests: requests(port, options, {}), expect: CHAT_ANSWER };
}

export function streamTarget(port: number, options: ChatOptions = {}): Target {
  return { port, requests: requests(port, options, { stream: true }), expect: STREAM_END };
}

function requests(port: number, options: ChatOptions, more: object): string[] {
  const {
    path = '/v1/chat/completions',
    model = 'mock-small',
    headers = [{ authorization: 'Bearer sk-bench' }],
  } = options;
  return headers.map((own) => post(port, path, own, { model, ...BODY, ...more }));
}
