import type { Agent } from '@reeve/contracts';
import type { ContentEdit, ContentPart } from '../../guardrails/index.ts';
import { must, ReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { CalledTool, DecidedAction, Execution, Operation, Spent, Target, ToolTargetRef } from '../action.ts';
import type { ToolFinder } from '../tools/index.ts';
import type { AdvisedCall } from './advised-call.ts';
import type { OpenActions } from './open-actions.ts';
import { replyOf, reportWithinMs } from './report.ts';

export interface AdvisedParts {
  readonly tools: ToolFinder;
  readonly open: OpenActions;
}

const NEVER_REPORTED = 'the process of the agent was let run it and never reported how it ended';

/** The call of a tool by the agent's own process: decided like any other, then handed to the caller, whose report is the answer. */
export class AdvisedOperation implements Operation {
  readonly #parts: AdvisedParts;
  readonly #called: CalledTool;
  readonly #call: AdvisedCall;
  #found: Operation | undefined;
  #entered = false;
  #wasHeard = true;

  constructor(parts: AdvisedParts, called: CalledTool, call: AdvisedCall) {
    this.#parts = parts;
    this.#called = called;
    this.#call = call;
  }

  called(): CalledTool {
    return this.#called;
  }

  async resolve(fleet: Fleet, agent: Agent): Promise<Target> {
    this.#enter(fleet, agent);
    if (this.#found === undefined) {
      const { name, args } = this.#called;
      const found = await this.#parts.tools.find(fleet, name, args);
      this.#found = found?.advised?.() ?? found;
    }
    if (this.#found === undefined) throw new ReeveError('unknown_tool');
    const target = await this.#found.resolve(fleet, agent);
    if (target.kind !== 'tool') throw new ReeveError('unknown_tool');
    return advisedTarget(target, fleet);
  }

  replaceArguments(args: Readonly<Record<string, unknown>>): void {
    this.#operation().replaceArguments?.(args);
  }

  check(target: Target): string | undefined {
    return this.#operation().check(target);
  }

  parts(): readonly ContentPart[] {
    return this.#operation().parts();
  }

  rewrite(edits: readonly ContentEdit[]): void | Promise<void> {
    return this.#operation().rewrite(edits);
  }

  payload(): Uint8Array {
    return this.#operation().payload();
  }

  // INVARIANT: a stop does not end the wait. The function is under way in another process; how it ends must still be on record.
  async execute(action: DecidedAction): Promise<Execution> {
    const { target } = action;
    if (target.kind !== 'tool') throw new ReeveError('unknown_tool');
    const { args, declaration } = target;
    const withinMs = reportWithinMs(declaration);
    const awaited = this.#parts.open.await(action, this.#call, withinMs);
    this.#call.permit({ action, args, token: awaited.token, withinMs });
    const report = await awaited.report;
    if (report === undefined) {
      this.#wasHeard = !action.callerGone.aborted;
      throw new ReeveError('outcome_unknown', NEVER_REPORTED);
    }
    return this.#call.reported(replyOf(report, { agent: action.agent, args, declaration }));
  }

  /** Of what was never reported: charged as reserved, unless its caller was gone before it could begin. */
  spent(): Spent {
    return { usage: undefined, costNanoUsd: this.#wasHeard ? undefined : 0 };
  }

  #enter(fleet: Fleet, agent: Agent): void {
    if (this.#entered) return;
    this.#call.atEnd(this.#parts.open.enter(fleet.workspace, agent.name));
    this.#entered = true;
  }

  #operation(): Operation {
    return must(this.#found, 'a resolved operation');
  }
}

/** What an agent says that a server of Reeve's answered was not seen by anybody, so the server's own trust does not hold for it. */
function advisedTarget(target: ToolTargetRef, fleet: Fleet): ToolTargetRef {
  const server = fleet.toolServers.get(target.server);
  const isLocal = server !== undefined && 'local' in server.transport;
  return {
    ...target,
    grade: 'advised',
    trust: isLocal ? target.trust : 'untrusted',
    // Judged as they will be after guardrails, so read late.
    get args() {
      return target.args;
    },
  };
}
