import type { ActionId } from '@reeve/contracts';
import type { Answering } from './run-joining.ts';

/** An agent with more streams open at once is looked at in the latest of them. */
const MAX_LOOKED_AT = 16;

/** Answers that are on their way, by agent. As many as there are open streams, which the server's connections bound. */
export class OpenAnswers {
  readonly #byAgent = new Map<string, Map<ActionId, Answering>>();

  begin(owner: string, stream: Answering): void {
    const own = this.#byAgent.get(owner) ?? new Map<ActionId, Answering>();
    this.#byAgent.set(owner, own.set(stream.action, stream));
  }

  end(owner: string, action: ActionId): void {
    const own = this.#byAgent.get(owner);
    if (own?.delete(action) === true && own.size === 0) this.#byAgent.delete(owner);
  }

  of(owner: string): readonly Answering[] {
    const own = this.#byAgent.get(owner);
    return own === undefined ? [] : [...own.values()].slice(-MAX_LOOKED_AT);
  }
}
