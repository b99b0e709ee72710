import type { Permit } from './permit.ts';
import { PermitShelf } from './permit-shelf.ts';
import type { CallOptions, GuardOptions, Reeve } from './reeve.ts';

/** A governed function in a framework that asks whether a call needs approval before it runs it. */
export class AskedTool<A extends object, Rest extends unknown[], R> {
  readonly #reeve: Reeve;
  readonly #tool: string;
  readonly #fn: (args: A, ...rest: Rest) => R | PromiseLike<R>;
  readonly #options: GuardOptions<R>;
  readonly #shelf = new PermitShelf<A>();

  constructor(
    reeve: Reeve,
    tool: string,
    fn: (args: A, ...rest: Rest) => R | PromiseLike<R>,
    options: GuardOptions<R> = {},
  ) {
    this.#reeve = reeve;
    this.#tool = tool;
    this.#fn = fn;
    this.#options = options;
  }

  /** Asks Reeve. What it lets pass is kept for the run that follows; everything else is thrown. */
  async ask(callId: string, args: A): Promise<void> {
    this.#shelf.put(callId, args, await this.#propose(args, this.#options.signal));
  }

  /** Runs what was let pass, or asks anew: an approval may have come meanwhile. */
  async run(callId: string | undefined, signal: AbortSignal | undefined, args: A, ...rest: Rest): Promise<R> {
    const shelved = callId === undefined ? undefined : this.#shelf.take(callId, args);
    const until = signal ?? this.#options.signal;
    const permit = shelved ?? (await this.#propose(args, until));
    const { describe } = this.#options;
    return permit.run((allowed) => this.#fn(allowed, ...rest), { signal: until, describe });
  }

  #propose(args: A, signal: AbortSignal | undefined): Promise<Permit<A>> {
    const { describe: _, ...call } = this.#options;
    const options: CallOptions = signal === undefined ? call : { ...call, signal };
    return this.#reeve.propose(this.#tool, args, options);
  }
}
