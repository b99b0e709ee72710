import type { Agent } from '@reeve/contracts';
import type { ContentEdit } from '../../guardrails/index.ts';
import { must, ReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { DecidedAction, ExecutionPermit, Operation, Target } from '../action.ts';

/** Several ways a tool may be reached; which one it is turns out when the name is resolved under the caller's fleet. */
export class FirstOfOperation implements Operation {
  readonly #candidates: readonly Operation[];
  #chosen: Operation | undefined;

  constructor(candidates: readonly Operation[]) {
    this.#candidates = candidates;
  }

  async resolve(fleet: Fleet, agent: Agent): Promise<Target> {
    for (const candidate of this.#candidates) {
      try {
        const target = await candidate.resolve(fleet, agent);
        this.#chosen = candidate;
        return target;
      } catch (error) {
        if (!(error instanceof ReeveError) || error.code !== 'unknown_tool') throw error;
      }
    }
    throw new ReeveError('unknown_tool');
  }

  check(target: Target) {
    return this.#operation().check(target);
  }

  parts() {
    return this.#operation().parts();
  }

  rewrite(edits: readonly ContentEdit[]): void {
    this.#operation().rewrite(edits);
  }

  payload(): Uint8Array {
    return this.#operation().payload();
  }

  execute(action: DecidedAction, permit: ExecutionPermit) {
    return this.#operation().execute(action, permit);
  }

  #operation(): Operation {
    return must(this.#chosen, 'a resolved operation');
  }
}
