import { BoundedMap, ReeveError } from '../../../lib/index.ts';
import { BoundedWorker } from './bounded-worker.ts';
import { type CheckArguments, compileSchema } from './compile-schema.ts';
import { judgeSchema } from './schema-bounds.ts';

const MAX_COMPILED = 2_000;
const MAX_ARGUMENT_BYTES = 1024 * 1024;

type Compiled =
  | { readonly kind: 'here'; readonly check: CheckArguments }
  | { readonly kind: 'worker'; readonly schema: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Checks arguments against foreign schemas: simple ones at once, those that could take forever in a thread with a time limit. */
export class ArgumentChecker implements AsyncDisposable {
  readonly #compiled = new BoundedMap<string, Compiled>(MAX_COMPILED);
  readonly #worker = new BoundedWorker();

  /**
   * What is wrong with the arguments, or undefined. Throws `fail_closed` where the schema cannot be trusted to say.
   * @param hash of the schema or of what contains it
   */
  check(
    hash: string,
    schema: object,
    args: Readonly<Record<string, unknown>>,
  ): string | undefined | Promise<string | undefined> {
    const compiled = this.#compile(hash, schema);
    if (compiled.kind === 'here') return compiled.check(args);
    if (compiled.kind === 'refused') throw broken(compiled.reason);
    const text = JSON.stringify(args);
    if (text.length > MAX_ARGUMENT_BYTES) return `arguments are larger than ${MAX_ARGUMENT_BYTES} bytes`;
    return this.#checkInWorker(hash, compiled.schema, text);
  }

  async #checkInWorker(hash: string, schema: string, args: string): Promise<string | undefined> {
    const answer = await this.#worker.run(hash, schema, args);
    if ('broken' in answer) throw broken(answer.broken);
    return answer.fault;
  }

  #compile(hash: string, schema: object): Compiled {
    let compiled = this.#compiled.get(hash);
    if (compiled === undefined) {
      compiled = compile(schema);
      this.#compiled.set(hash, compiled);
    }
    return compiled;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}

function compile(schema: object): Compiled {
  const verdict = judgeSchema(schema);
  if (!verdict.ok) return { kind: 'refused', reason: verdict.reason };
  if (!verdict.plain) return { kind: 'worker', schema: JSON.stringify(schema) };
  try {
    return { kind: 'here', check: compileSchema(schema) };
  } catch (error) {
    return { kind: 'refused', reason: (error as Error).message };
  }
}

function broken(reason: string): ReeveError {
  return new ReeveError('fail_closed', `the tool's input schema cannot be used: ${reason.slice(0, 300)}`);
}
