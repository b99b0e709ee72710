import { Worker } from 'node:worker_threads';
import { ReeveError } from '../../../lib/index.ts';
import type { WorkerAnswer, WorkerTask } from './schema-worker.ts';

const TIME_LIMIT_MS = 500;
/** A thread needs this to start and load ajv; counted once. */
const START_LIMIT_MS = 10_000;
const MAX_WAITING = 500;
/** More than a task can fill in its time (128 MB take it a second or more): a thread that overshoots this limit can take the process with it. */
const MAX_HEAP_MB = 512;

interface Waiting {
  readonly task: WorkerTask;
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: ReeveError) => void;
}

/** One thread, one task at a time; a task over its time costs the thread, which is started anew for the next. */
export class BoundedWorker implements AsyncDisposable {
  #worker: Worker | undefined;
  #warm = false;
  #queue: Waiting[] = [];
  #current: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextId = 1;

  run(hash: string, schema: string, args: string): Promise<WorkerAnswer> {
    if (this.#queue.length >= MAX_WAITING)
      throw new ReeveError('overloaded', 'too many argument checks are waiting', { retryAfterSeconds: 1 });
    return new Promise((resolve, reject) => {
      this.#queue.push({ task: { id: this.#nextId++, hash, schema, args }, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#queue.shift();
    if (this.#current === undefined) return;
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#timer = setTimeout(() => this.#fail('time limit'), this.#warm ? TIME_LIMIT_MS : START_LIMIT_MS);
    if (this.#warm) this.#worker.postMessage(this.#current.task);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./schema-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      env: {},
    });
    worker.once('online', () => this.#ready(worker));
    worker.on('message', (answer: WorkerAnswer) => this.#answered(worker, answer));
    worker.on('error', () => {
      if (worker === this.#worker) this.#fail('thread error');
    });
    return worker;
  }

  #ready(worker: Worker): void {
    if (worker !== this.#worker) return;
    this.#warm = true;
    if (this.#current === undefined) return;
    clearTimeout(this.#timer);
    // The first task also waits for modules to load.
    this.#timer = setTimeout(() => this.#fail('time limit'), TIME_LIMIT_MS * 4);
    worker.postMessage(this.#current.task);
  }

  #answered(worker: Worker, answer: WorkerAnswer): void {
    const done = this.#current;
    if (worker !== this.#worker || done === undefined || done.task.id !== answer.id) return;
    this.#finish();
    done.resolve(answer);
    this.#next();
  }

  #fail(detail: string): void {
    const failed = this.#current;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#warm = false;
    this.#finish();
    void worker?.terminate();
    failed?.reject(
      new ReeveError('fail_closed', "the tool's schema took too long to check, so the call was not made", { detail }),
    );
    this.#next();
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#current = undefined;
    this.#worker?.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    const open = [...(this.#current === undefined ? [] : [this.#current]), ...this.#queue];
    this.#queue = [];
    this.#finish();
    for (const waiting of open) waiting.reject(new ReeveError('fail_closed', 'the server is shutting down'));
    await worker?.terminate();
  }
}
