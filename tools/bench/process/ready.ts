import { setTimeout as delay } from 'node:timers/promises';
import type { PinnedProcess } from './pinned-process.ts';

const POLL_MS = 100;

/** Waits until an address answers below 500. Throws, with what the process wrote, when it ends or takes too long. */
export async function untilReady(
  child: PinnedProcess,
  url: string,
  timeoutMs: number,
  pollMs = POLL_MS,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    if (!child.alive) throw new Error(`${child.name} ended before it was ready: ${child.output}`);
    if (await answers(url)) return;
    await delay(pollMs);
  }
  throw new Error(`${child.name} was not ready after ${timeoutMs} ms: ${child.output}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await reply.arrayBuffer();
    return reply.status < 500;
  } catch {
    return false;
  }
}
