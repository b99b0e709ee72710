import { type Called, callTool, chat } from './calls.ts';

/** What clients know after a crash: replies that they received whole, and orders that they sent and may or may not have got through. */
export interface Witnessed {
  readonly acknowledged: Called[];
  /** Idempotency keys of orders, sent at least once; each key names one item. */
  readonly orders: string[];
  /** Orders of which a client was told that they were placed. */
  readonly placed: Set<string>;
}

interface LoadOptions {
  readonly url: string;
  readonly workerKey: string;
  readonly frugalKey: string;
  readonly random: () => number;
  readonly clients: number;
  readonly witnessed: Witnessed;
  readonly signal: AbortSignal;
}

/** Clients that call without pause until the server is gone: answers and streams of models, reads, and orders, some sent twice. */
export async function crashLoad(options: LoadOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.clients }, () => client(options)));
}

async function client(options: LoadOptions): Promise<void> {
  while (!options.signal.aborted) {
    try {
      await oneCall(options);
    } catch {
      // The server died under the call; whoever calls again while it is down would only spin.
      return;
    }
  }
}

async function oneCall({ url, workerKey, frugalKey, random, witnessed }: LoadOptions): Promise<void> {
  const worker = { url, key: workerKey };
  const dice = random();
  if (dice < 0.2) return acknowledge(witnessed, await chat(worker));
  if (dice < 0.4) return acknowledge(witnessed, await chat(worker, { stream: true }), '[DONE]');
  if (dice < 0.5) return acknowledge(witnessed, await chat({ url, key: frugalKey }, { model: 'openai/frugal' }));
  if (dice < 0.6) return acknowledge(witnessed, await callTool(worker, 'shop.list'));
  await order(worker, witnessed, random);
}

async function order(worker: { url: string; key: string }, witnessed: Witnessed, random: () => number): Promise<void> {
  const isRepeat = random() < 0.3 && witnessed.orders.length > 0;
  const number = isRepeat ? Math.floor(random() * witnessed.orders.length) : witnessed.orders.length;
  const item = isRepeat ? (witnessed.orders[number] ?? '') : `item-${number}`;
  if (!isRepeat) witnessed.orders.push(item);
  const answer = await callTool(worker, 'shop.order', { item }, item);
  acknowledge(witnessed, answer);
  if (answer.status === 200) witnessed.placed.add(item);
}

function acknowledge(witnessed: Witnessed, called: Called, endsWith = ''): void {
  if (called.action !== undefined && called.body.includes(endsWith)) witnessed.acknowledged.push(called);
}
