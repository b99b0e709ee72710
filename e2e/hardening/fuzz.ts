import type { HardeningPlane } from './hardening-plane.ts';
import { Dice, mutateBytes, mutateJson } from './mutate.ts';
import { open, requestOf } from './raw-http.ts';
import { SURFACES } from './surfaces.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
}

export interface FuzzResult {
  /** Answers by status; 0 where the connection was closed without one. */
  readonly statuses: Readonly<Record<number, number>>;
}

const PARALLEL = 16;
const LONGEST_WAIT_MS = 20_000;
const HEADERS: readonly (readonly [string, string])[] = [
  ['content-type', 'text/plain'],
  ['content-length', '5'],
  ['content-length', '-1'],
  ['transfer-encoding', 'chunked'],
  ['content-encoding', 'gzip'],
  ['expect', '100-continue'],
  ['connection', 'upgrade'],
  ['accept', 'text/event-stream'],
  ['host', 'evil.example.com'],
  ['origin', 'null'],
  ['authorization', 'Bearer rvk_unknown'],
  ['authorization', 'Basic Og=='],
  ['x-api-key', '\u00ff'],
  ['x-reeve-run', 'a/b'],
  ['x-reeve-user', 'x'.repeat(2_000)],
  ['x-reeve-feature', '\u0001'],
  ['traceparent', '00-zz-zz-00'],
  ['baggage', '=;,%ff'],
  ['idempotency-key', ''],
  ['mcp-protocol-version', '2026-07-28'],
  ['mcp-protocol-version', '1'],
  ['mcp-session-id', '../x'],
  ['mcp-method', 'tools/call'],
];
const METHODS = ['POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'BREW'];
const PATHS = [
  '/',
  '//',
  '/v1/models',
  '/v1/x',
  '/mcp/none',
  '/actions/act_x',
  '/api/keys',
  '/api/%zz',
  '/ledger/..',
  '*',
];
/** What an upstream or a limit may be the reason of; everything else of the 500s is a fault of ours. */
const OTHERS_FAULT = /upstream_failed|upstream_unavailable|upstream_timeout|overloaded/;

/** Sends mutated requests to every surface, and throws with what repeats it where an answer shows a fault of the server. */
export async function fuzz(plane: HardeningPlane, { seed, requests }: FuzzOptions): Promise<FuzzResult> {
  const statuses: Record<number, number> = {};
  let next = 0;
  const worker = async () => {
    while (next < requests) {
      const index = next++;
      const bytes = hostileRequest(plane, new Dice(seed + index * 7_919));
      const answer = await firstAnswer(plane.reeve.url, bytes);
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
      statuses[status] = (statuses[status] ?? 0) + 1;
      const fault = faultOf(status, answer, plane);
      if (fault !== undefined)
        throw new Error(
          `${fault} (seed ${seed}, request ${index}): ${answer}\n--- sent ---\n${bytes.toString('latin1')}`,
        );
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return { statuses };
}

function hostileRequest(plane: HardeningPlane, dice: Dice): Buffer {
  const surface = dice.pick(SURFACES);
  const headers: Record<string, string> = {
    host: '127.0.0.1',
    'content-type': 'application/json',
    authorization: `Bearer ${surface.who === 'admin' ? plane.adminToken : plane.agentKey}`,
    ...surface.headers,
  };
  let body: unknown = surface.body;
  for (let times = dice.below(4); times > 0; times--) body = mutateJson(body, dice);
  let bytes: Buffer = Buffer.from(JSON.stringify(body));
  let method = 'POST';
  let { path } = surface;
  if (dice.below(3) === 0) bytes = mutateBytes(bytes, dice);
  if (dice.below(4) === 0) [method, path] = [dice.pick(METHODS), dice.below(2) === 0 ? path : dice.pick(PATHS)];
  if (dice.below(4) === 0) {
    const [name, value] = dice.pick(HEADERS);
    headers[name] = value;
  }
  const request = requestOf(method, path, headers, bytes);
  return dice.below(6) === 0 ? mutateBytes(request, dice) : request;
}

/** The first answer as text, empty where there was none. Whoever has it leaves without a word, as clients do. */
async function firstAnswer(url: string, bytes: Buffer): Promise<string> {
  const socket = await open(url);
  const isHead = bytes.subarray(0, 5).toString('latin1') === 'HEAD ';
  try {
    return await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${bytes.toString('latin1')}`)), LONGEST_WAIT_MS);
      let text = '';
      const finish = () => {
        clearTimeout(timer);
        resolve(text);
      };
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        text = text.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, '');
        if (isWhole(text, isHead)) finish();
      });
      socket.on('close', finish);
      socket.write(bytes);
    });
  } finally {
    socket.destroy();
  }
}

function isWhole(text: string, isHead: boolean): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
  return isHead || text.startsWith('HTTP/1.1 2') || text.length >= end + 4 + length;
}

function faultOf(status: number, answer: string, plane: HardeningPlane): string | undefined {
  if (status >= 500 && !OTHERS_FAULT.test(answer)) return `answered ${status}`;
  if (/"(fail_closed|internal)"/.test(answer)) return 'failed over its input';
  if (/node_modules|\.ts:\d|\n +at /.test(answer)) return 'showed its insides';
  return [plane.adminToken, plane.agentKey].some((secret) => answer.includes(secret)) ? 'told a secret' : undefined;
}
