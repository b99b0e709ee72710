import { parentPort, workerData } from 'node:worker_threads';

// A thread that says when the next call is due. Timers of the event loop are a millisecond coarse, a futex is not.

export interface TickerData {
  readonly startMs: number;
  readonly everyMs: number;
  readonly count: number;
}

const { startMs, everyMs, count } = workerData as TickerData;
const cell = new Int32Array(new SharedArrayBuffer(4));

for (let index = 0; index < count; index++) {
  const waitMs = startMs + index * everyMs - clock();
  if (waitMs > 0) Atomics.wait(cell, 0, 0, waitMs);
  parentPort?.postMessage(index);
}

/** The same clock in every thread, unlike `performance.now()`. */
function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
