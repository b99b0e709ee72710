import type {
  ActionId,
  ActionKind,
  Agent,
  Attribution,
  Decision,
  Effect,
  Grade,
  NanoUsd,
  Outcome,
  ToolDeclaration,
  Usage,
} from '@reeve/contracts';
import type { Identity, PresentedCredential } from '../access/index.ts';
import type { Reservation } from '../budgets/index.ts';
import type { Conversation, Message } from '../flows/index.ts';
import type { ContentEdit, ContentPart } from '../guardrails/index.ts';
import type { Fleet } from '../registry/index.ts';
import type { RunRef } from '../traces/index.ts';

// The value that flows through the pipeline. It gains type as it moves; nothing in it knows a wire.

/** What a front makes of a request. */
export interface ProposedAction {
  readonly id: ActionId;
  readonly kind: ActionKind;
  readonly receivedAtMs: number;
  readonly presented: PresentedCredential;
  readonly attribution: Attribution;
  readonly operation: Operation;
  /** Aborts when the caller goes away. */
  readonly callerGone: AbortSignal;
  readonly idempotencyKey?: string;
  /** Decide and record, execute nothing. */
  readonly dryRun?: boolean;
}

export interface IdentifiedAction extends ProposedAction {
  readonly identity: Identity;
  readonly agent: Agent;
  readonly fleet: Fleet;
  readonly run: RunRef;
  readonly target: Target;
  /** Aborts when the caller goes away or a person stops the agent, run, tool, credential or all. */
  readonly signal: AbortSignal;
}

export interface DecidedAction extends IdentifiedAction {
  readonly decision: Decision;
  readonly reservation: Reservation | undefined;
}

export interface CompletedAction {
  readonly action: ProposedAction | DecidedAction;
  /** Known once the caller was identified. */
  readonly run: RunRef | undefined;
  readonly outcome: Outcome;
  readonly decision: Decision | undefined;
  readonly reply: WholeReply | undefined;
  /** Whether bytes already went to the caller. */
  readonly streaming: boolean;
  readonly usage: Usage | undefined;
  readonly costNanoUsd: NanoUsd;
}

/** What is acted upon, resolved under the agent's fleet. */
export type Target = ModelTargetRef | ToolTargetRef;

export interface ModelTargetRef {
  readonly kind: 'model';
  /** Resource name in policies, budgets and records: a Model name or `provider/model`. */
  readonly name: string;
  /** Which API the caller speaks, e.g. `openai.chat`, for records. */
  readonly surface: string;
  readonly effect: Effect;
  readonly grade: Grade;
  /** Worst case of this call, for the reservation. `nanoUsd` is undefined where the price is unknown. */
  readonly worstCase: WorstCase;
}

export interface ToolTargetRef {
  readonly kind: 'tool';
  /** `server.tool`. */
  readonly name: string;
  readonly server: string;
  readonly tool: string;
  readonly effect: Effect;
  readonly grade: Grade;
  readonly reversible: 'irreversible' | 'compensable' | { readonly withinMs: number };
  /** As declared, or undefined for a tool nobody declared: it counts as write, outward, irreversible. */
  readonly declaration: ToolDeclaration | undefined;
  /** Of its server: what an untrusted one answers is labelled. */
  readonly trust: 'trusted' | 'untrusted';
  /** As its server describes it; undefined where the server cannot be asked. */
  readonly definition:
    | { readonly description?: string | undefined; readonly inputSchema: Readonly<Record<string, unknown>> }
    | undefined;
  readonly args: Readonly<Record<string, unknown>>;
  readonly worstCase: WorstCase;
  /** Values of the declaration's CEL over args; absent where none is declared. */
  readonly amount?: number;
  readonly subject?: string;
  readonly destination?: string;
}

export interface WorstCase {
  readonly nanoUsd: NanoUsd | undefined;
  readonly tokens: number;
}

/**
 * A front's half of an action: the pipeline asks, the front translates. Every method may throw ReeveError; anything else thrown
 * becomes `fail_closed` before the effect and `upstream_failed` after.
 */
export interface Operation {
  /** Finds the target under this fleet. Throws `unknown_model` or `unknown_tool` also for what the agent may not know of. */
  resolve(fleet: Fleet, agent: Agent): Target | Promise<Target>;
  /** Whether the request fits its schema: an error message that says what would be right, or undefined. Asked again after a rewrite. */
  check(target: Target): string | undefined;
  /** All text that goes to the model or tool, every role, oldest first. Called only when a check applies. */
  parts(): readonly ContentPart[];
  /** Puts redacted text in the place of parts. */
  rewrite(edits: readonly ContentEdit[]): void | Promise<void>;
  /** Messages of a model call, for the flow of information; absent where the wire has none. */
  conversation?(): Conversation | undefined;
  /** Of a model call that goes on where an earlier reply ended: the id of that reply. */
  continues?(): string | undefined;
  /** What is called, as the caller wrote it; absent where a model cannot have proposed it. Known before `resolve`. */
  called?(): CalledTool | undefined;
  /** Takes arguments that an approver edited in place of the caller's; `resolve` is asked again afterwards. */
  replaceArguments?(args: Readonly<Record<string, unknown>>): void;
  /** Of a tool that runs inside the agent's own process: the same call, for a caller that runs it itself and reports. */
  advised?(): Operation;
  /** Canonical bytes of what will be executed, after rewriting: hashed into the record and kept as payload. */
  payload(): Uint8Array;
  /** Acts. Credentials join here. Resolves once the upstream's first byte is there or it failed for good. */
  execute(action: DecidedAction, permit: ExecutionPermit): Promise<Execution>;
  /** What an execution that threw may have cost; undefined where nothing was sent. Absent: a call that was cut off costs its reservation. */
  spent?(): Spent | undefined;
}

export interface CalledTool {
  /** With or without its server: as the endpoint names it. */
  readonly name: string;
  /** Of the endpoint, where it serves one server alone. */
  readonly server?: string | undefined;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What a model answered. */
export interface ModelAnswer {
  /** By which a later request may go on from it. */
  readonly id: string | undefined;
  /** What it adds to the conversation; several where alternatives were asked for. */
  readonly alternatives: readonly (readonly Message[])[];
}

/** Money is undefined where it cannot be told: then the reservation is charged. */
export interface Spent {
  readonly usage: Usage | undefined;
  readonly costNanoUsd: NanoUsd | undefined;
}

export interface ExecutionPermit {
  /** Whether output text must be readable for guardrails (else streams pass as bytes). */
  readonly inspectOutput: boolean;
}

export type Execution = WholeReply | StreamReply;

/** What a call turned out to be. Bytes are as the caller's wire wants them. */
export interface Settled {
  readonly usage: Usage | undefined;
  /** Money the call cost; undefined where no usage is known, then the reservation is charged. */
  readonly costNanoUsd: NanoUsd | undefined;
  /** The id the upstream gave the side effect, by the declaration's `sideEffect`. */
  readonly sideEffect?: string;
  /** The upstream's own refusal or fault, passed on to the caller in its own bytes. */
  readonly upstreamError?: string;
  /** Which upstream served, e.g. `openai/gpt-5-mini`, and how many attempts that took. */
  readonly servedBy: string;
  readonly attempts: number;
}

export interface WholeReply extends Settled {
  readonly kind: 'whole';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  parts(): readonly ContentPart[];
  /** Of a model: what it answered, where that can be read. */
  answer?(): ModelAnswer | undefined;
  /** The same reply with redacted text. */
  rewritten(edits: readonly ContentEdit[]): WholeReply;
}

export interface StreamReply {
  readonly kind: 'stream';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where bytes go: the front's response. Resolves when the caller can take more. */
  readonly sink: StreamSink;
  readonly chunks: AsyncIterable<StreamChunk>;
  /** What is known once the iteration ended, also when it was cut short. */
  settled(): Settled;
  /** Of a model: what it answered as far as it came, where that can be read. */
  answer?(): ModelAnswer | undefined;
}

export interface StreamChunk {
  readonly bytes: Uint8Array;
  /** The provider's end marker was seen: clients take this chunk for the end of the answer. */
  readonly last?: boolean;
  /** Text this chunk adds, by part; only when `inspectOutput` was asked for. */
  readonly parts?: readonly ContentPart[];
  /** The same chunk with redacted text. */
  rewritten?(edits: readonly ContentEdit[]): Uint8Array;
}

export interface StreamSink {
  begin(status: number, headers: Readonly<Record<string, string>>): void;
  write(bytes: Uint8Array): void | Promise<void>;
  /** Keeps the end of the answer back until `end`, for a caller that has seen it has got an answer that ended. */
  hold(bytes: Uint8Array): void | Promise<void>;
  /** Ends the stream in the caller's own shape: cleanly, or with an error event for an outcome that is not `succeeded`. */
  end(outcome: Outcome): void;
}
