import type { Agent, ErrorCode, Finding, StopId } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';

export type StopTarget =
  | { readonly kind: 'agent'; readonly name: string }
  | { readonly kind: 'run'; readonly id: string }
  /** `server.tool`, or `server.*` for all tools of a server. */
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'credential'; readonly id: string }
  | { readonly kind: 'all' };

/** A person's order that something may not act, until a person lifts it. */
export interface Stop {
  readonly id: StopId;
  readonly workspace: string;
  readonly target: StopTarget;
  readonly reason: string;
  readonly orderedAtMs: number;
  readonly orderedBy: string;
}

/** Why an action may not go on: an order, the end of its credential, or the lifecycle of its agent. */
export type Halt =
  | { readonly kind: 'stop'; readonly stop: Stop }
  | { readonly kind: 'revoked'; readonly credential: string }
  | {
      readonly kind: 'lifecycle';
      readonly agent: string;
      readonly state: Exclude<Agent['state'], 'active'> | 'removed';
    };

const CODES = {
  agent: 'agent_suspended',
  all: 'agent_suspended',
  run: 'run_stopped',
  tool: 'tool_stopped',
  credential: 'credential_stopped',
} as const satisfies Record<StopTarget['kind'], ErrorCode>;

/** What the caller is told. The reason of an order is for people, not for the agent. */
export function haltFinding(halt: Halt): Finding & { readonly code: ErrorCode } {
  if (halt.kind === 'lifecycle')
    return finding('agent_suspended', lifecycleMessage(halt.agent, halt.state), `lifecycle:${halt.state}`);
  if (halt.kind === 'revoked')
    return finding('credential_stopped', 'this credential was revoked; ask for another', 'revoked');
  const { target, id } = halt.stop;
  const words = targetWords(target);
  const what = target.kind === 'all' ? 'everything in this workspace' : words;
  return finding(CODES[target.kind], `${what} is stopped; a person must run \`reeve resume ${words}\``, id);
}

/** Name or id of what is stopped; `*` of everything. */
export function targetName(target: StopTarget): string {
  if (target.kind === 'all') return '*';
  return 'name' in target ? target.name : target.id;
}

/** How the CLI names a target: `agent refund`, `all`. */
export function targetWords(target: StopTarget): string {
  return target.kind === 'all' ? 'all' : `${target.kind} ${targetName(target)}`;
}

function lifecycleMessage(agent: string, state: (Halt & { kind: 'lifecycle' })['state']): string {
  if (state === 'removed') return `agent ${agent} is no longer in the fleet`;
  return `agent ${agent} is in state ${state}; its owner must apply it with state active`;
}

function finding(code: ErrorCode, message: string, rule: string): Finding & { readonly code: ErrorCode } {
  return { by: 'stop', verdict: 'deny', code, message, rule };
}

/** The reason with which in-flight work is aborted. */
export class Halted extends ReeveError {
  readonly halt: Halt;

  constructor(halt: Halt) {
    const { code, message } = haltFinding(halt);
    super(code, message);
    this.name = 'Halted';
    this.halt = halt;
  }
}

/** What stopped the work under this signal; undefined where it was not stopped, or ended for another reason. */
export function haltOf(signal: AbortSignal): Halt | undefined {
  return signal.reason instanceof Halted ? signal.reason.halt : undefined;
}
