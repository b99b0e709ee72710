import type { Agent } from '@reeve/contracts';
import type { ContentEdit } from '../../guardrails/index.ts';
import { must, ReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { CalledTool, DecidedAction, ExecutionPermit, Operation, Target } from '../action.ts';

type Found = Operation | undefined;

/** A call of a tool by its name: which tool that is, and of what kind, turns out under the caller's fleet. */
export class LateOperation implements Operation {
  readonly #find: (fleet: Fleet) => Found | Promise<Found>;
  readonly #called: CalledTool | undefined;
  #found: Found;

  constructor(find: (fleet: Fleet) => Found | Promise<Found>, called?: CalledTool) {
    this.#find = find;
    this.#called = called;
  }

  called(): CalledTool | undefined {
    return this.#called;
  }

  resolve(fleet: Fleet, agent: Agent): Target | Promise<Target> {
    // Asked again, it is the same operation: an approver's arguments may have taken the place of the caller's in it.
    if (this.#found !== undefined) return this.#found.resolve(fleet, agent);
    const found = this.#find(fleet);
    if (found instanceof Promise) return found.then((late) => this.#resolve(late, fleet, agent));
    return this.#resolve(found, fleet, agent);
  }

  replaceArguments(args: Readonly<Record<string, unknown>>): void {
    this.#operation().replaceArguments?.(args);
  }

  check(target: Target) {
    return this.#operation().check(target);
  }

  parts() {
    return this.#operation().parts();
  }

  rewrite(edits: readonly ContentEdit[]) {
    return this.#operation().rewrite(edits);
  }

  payload(): Uint8Array {
    return this.#operation().payload();
  }

  execute(action: DecidedAction, permit: ExecutionPermit) {
    return this.#operation().execute(action, permit);
  }

  #resolve(found: Found, fleet: Fleet, agent: Agent): Target | Promise<Target> {
    if (found === undefined) throw new ReeveError('unknown_tool');
    this.#found = found;
    return found.resolve(fleet, agent);
  }

  #operation(): Operation {
    return must(this.#found, 'a resolved operation');
  }
}
