import { Worker } from 'node:worker_threads';
import { Connection } from '../wire/connection.ts';
import type { Job, JobResult } from './job.ts';
import { Tally } from './tally.ts';
import type { TickerData } from './ticker.ts';

type OpenJob = Extract<Job, { kind: 'open' }>;

const MAX_CONNECTIONS = 128;
const WARM_CONNECTIONS = 16;
const LEAD_MS = 200;
/** After the last call was due; what has not come by then is a failure. */
const GRACE_MS = 5_000;

export async function runOpenLoop(job: OpenJob): Promise<JobResult> {
  const idle = await Promise.all(Array.from({ length: WARM_CONNECTIONS }, () => Connection.open(job.target.port)));
  const loop = new OpenLoop(job, idle);
  return loop.run();
}

class OpenLoop {
  readonly #job: OpenJob;
  readonly #requests: readonly Buffer[];
  readonly #idle: Connection[];
  readonly #all: Connection[];
  /** Due, but all connections are busy: their clocks are running. */
  readonly #waiting: { readonly index: number; readonly dueMs: number }[] = [];
  readonly #tally = new Tally();
  #opening = 0;
  #open: number;

  constructor(job: OpenJob, idle: Connection[]) {
    this.#job = job;
    this.#requests = job.target.requests.map((text) => Buffer.from(text));
    this.#idle = idle;
    this.#all = [...idle];
    this.#open = job.perSecond * job.seconds;
  }

  async run(): Promise<JobResult> {
    const everyMs = 1_000 / this.#job.perSecond;
    const startMs = clock() + LEAD_MS;
    const count = this.#open;
    const data: TickerData = { startMs, everyMs, count };
    const ticker = new Worker(new URL('./ticker.ts', import.meta.url), { workerData: data });
    await new Promise<void>((resolve, reject) => {
      const timeout = setTimeout(resolve, LEAD_MS + count * everyMs + GRACE_MS);
      const done = () => {
        this.#open -= 1;
        if (this.#open > 0) return;
        clearTimeout(timeout);
        resolve();
      };
      ticker.on('message', (index: number) => this.#due(index, startMs + index * everyMs, done));
      ticker.on('error', reject);
    });
    if (this.#open > 0) this.#tally.bad(`${this.#open} calls had no reply ${GRACE_MS} ms after the last was due`);
    await ticker.terminate();
    for (const connection of this.#all) connection.close();
    return this.#tally.result();
  }

  #due(index: number, dueMs: number, done: () => void): void {
    const connection = this.#idle.pop();
    if (connection !== undefined) {
      this.#send(connection, index, dueMs, done);
      return;
    }
    this.#waiting.push({ index, dueMs });
    if (this.#all.length + this.#opening >= MAX_CONNECTIONS) return;
    this.#opening += 1;
    Connection.open(this.#job.target.port).then(
      (opened) => {
        this.#opening -= 1;
        this.#all.push(opened);
        this.#free(opened, done);
      },
      () => {
        this.#opening -= 1;
      },
    );
  }

  #send(connection: Connection, index: number, dueMs: number, done: () => void): void {
    const request = this.#requests[index % this.#requests.length] as Buffer;
    connection.call(request, this.#job.target.expect, (failure) => {
      if (failure === undefined) this.#tally.good(clock() - dueMs);
      else this.#tally.bad(failure);
      this.#free(connection, done);
      done();
    });
  }

  #free(connection: Connection, done: () => void): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else this.#send(connection, next.index, next.dueMs, done);
  }
}

function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
