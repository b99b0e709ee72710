import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (response: ServerResponse) => void;

/** The upstream of a second opinion, which answers as it is told to. */
export interface JudgeServer extends AsyncDisposable {
  readonly url: string;
  asked(): number;
  /** What it answers from now on: a chat completion with this text, or anything done to the response. */
  answer(with_: string | Answer): void;
}

export async function startJudge(): Promise<JudgeServer> {
  let answer: Answer = saying('');
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      asked += 1;
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: () => asked,
    answer: (next) => {
      answer = typeof next === 'string' ? saying(next) : next;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function saying(content: string): Answer {
  const body = {
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 10 },
  };
  return (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
