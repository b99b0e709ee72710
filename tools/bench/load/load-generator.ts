import { fileURLToPath } from 'node:url';
import { LOAD_CORE } from '../process/cores.ts';
import { PinnedProcess } from '../process/pinned-process.ts';
import type { Job, JobResult } from './job.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** A figure is only worth something when every reply was the expected one. */
export class BadReplies extends Error {}

/** The process that makes the load, on the core that the gateway does not have. */
export class LoadGenerator implements AsyncDisposable {
  readonly #process: PinnedProcess;

  private constructor(child: PinnedProcess) {
    this.#process = child;
  }

  static async start(): Promise<LoadGenerator> {
    const child = new PinnedProcess({
      name: 'load generator',
      command: process.execPath,
      args: [MAIN],
      core: LOAD_CORE,
      channel: true,
    });
    await child.ask();
    return new LoadGenerator(child);
  }

  /** Throws BadReplies where a single reply was not as expected. */
  async run(job: Job): Promise<JobResult> {
    const result = (await this.#process.ask(job)) as JobResult;
    if (result.failures > 0)
      throw new BadReplies(
        `${result.failures} bad replies besides ${result.count} good ones; the first: ${result.failure}`,
      );
    if (result.count === 0) throw new BadReplies('no reply at all');
    return result;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}
