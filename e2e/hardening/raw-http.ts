import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawExchange {
  readonly answers: readonly RawAnswer[];
  readonly closed: boolean;
}

const LONGEST_WAIT_MS = 15_000;
const NEVER = 'the server neither answered nor closed the connection';

/** Sends bytes as they are, and reads answers until there are as many as asked for, or the server closes. */
export async function sendRaw(
  url: string,
  bytes: string | Uint8Array,
  until: { readonly answers?: number } = {},
): Promise<RawExchange> {
  const socket = await open(url);
  const wanted = until.answers ?? Number.POSITIVE_INFINITY;
  const chunks: Buffer[] = [];
  try {
    return await new Promise<RawExchange>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${NEVER}: ${Buffer.concat(chunks)}`)), LONGEST_WAIT_MS);
      const finish = (closed: boolean) => {
        clearTimeout(timer);
        resolve({ answers: answersIn(Buffer.concat(chunks)), closed });
      };
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (answersIn(Buffer.concat(chunks)).length >= wanted) finish(false);
      });
      socket.on('close', () => finish(true));
      socket.write(bytes);
    });
  } finally {
    socket.destroy();
  }
}

/** A connected socket that swallows resets: the server is free to end it. */
export async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** Whole answers in what was received; interim ones (100) are left out. */
export function answersIn(received: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = received.toString('latin1');
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return answers;
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (Number.isNaN(status)) throw new Error(`not an HTTP answer: ${rest.slice(0, 100)}`);
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const length = status < 200 || status === 204 ? 0 : Number(headers['content-length'] ?? '0');
    if (rest.length < end + 4 + length) return answers;
    const body = Buffer.from(rest.slice(end + 4, end + 4 + length), 'latin1').toString('utf8');
    if (status >= 200) answers.push({ status, headers, body });
    rest = rest.slice(end + 4 + length);
  }
}

/** A request with a body of known length. Later headers win; undefined leaves one out. */
export function requestOf(
  method: string,
  path: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: string | Uint8Array = '',
): Buffer {
  const bytes = Buffer.from(body);
  const all: Record<string, string | undefined> = { 'content-length': String(bytes.length), ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), bytes]);
}
