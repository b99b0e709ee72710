import { Worker } from 'node:worker_threads';
import { ReeveError } from '../../../lib/index.ts';
import type { AnswerOf, ReplayAnswer, ReplayPeer, ReplayTask } from './replay-session.ts';

const MAX_HEAP_MB = 1_024;

interface Pending {
  readonly resolve: (answer: ReplayAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** A session in a thread of its own, for one back-test. */
export class ReplayThread implements ReplayPeer {
  readonly #worker: Worker;
  #pending: Pending | undefined;
  #ended: ReeveError | undefined;

  constructor() {
    this.#worker = new Worker(new URL('./replay-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      env: {},
    });
    this.#worker.unref();
    this.#worker.on('message', (answer: ReplayAnswer) => this.#settle((pending) => pending.resolve(answer)));
    this.#worker.on('error', (cause) => this.#end(cause));
    this.#worker.on('exit', () => this.#end(undefined));
  }

  async ask<T extends ReplayTask>(task: T): Promise<AnswerOf<T>> {
    if (this.#ended !== undefined) throw this.#ended;
    const answer = await new Promise<ReplayAnswer>((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.postMessage(task);
    });
    if (answer.kind !== 'broken') return answer as AnswerOf<T>;
    throw new ReeveError('internal', 'the back-test could not go on', { detail: answer.message });
  }

  #end(cause: unknown): void {
    this.#ended ??= new ReeveError('internal', 'the back-test was ended', { cause });
    const ended = this.#ended;
    this.#settle((pending) => pending.reject(ended));
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) how(pending);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
