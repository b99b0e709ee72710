import { randomBytes } from 'node:crypto';
import type { ActionId, ApprovalId, Attribution } from '@reeve/contracts';
import type { ApprovalDesk } from '../../../approvals/index.ts';
import type { PayloadStore } from '../../../audit/index.ts';
import type { Storage } from '../../../storage/index.ts';
import type { Propose, Waited, WaitingPipeline } from '../../waiting-pipeline.ts';
import type { JsonObject, RpcErrorBody } from '../wire/json-rpc.ts';
import { type HeldTask, TaskStore } from './task-store.ts';

export interface HeldTaskParts {
  readonly storage: Pick<Storage, 'read' | 'write'>;
  readonly payloads: Pick<PayloadStore, 'keep' | 'read'>;
  readonly desk: Pick<ApprovalDesk, 'wait'>;
  readonly pipeline: Pick<WaitingPipeline, 'pass'>;
  readonly now: () => number;
  /** Nobody waits for what goes wrong while a task's call is made: an operator must hear of it. */
  readonly onFault: (message: string, error: unknown) => void;
}

/** The call as it was made, to be made again once people approved. */
export interface HeldRequest {
  readonly params: JsonObject;
  readonly attribution: Attribution;
  readonly idempotencyKey?: string | undefined;
}

export type TaskAnswer = { readonly result: JsonObject } | { readonly error: RpcErrorBody };

/** How a poll makes the call: with the credential of who polls, and its answer in the wire's shape. */
export interface TaskCall {
  propose(request: HeldRequest, gone: AbortSignal): Propose;
  answer(ended: Waited, request: HeldRequest): TaskAnswer;
}

export interface TaskView {
  readonly task: HeldTask;
  readonly answer: TaskAnswer | undefined;
}

type Place = Pick<HeldTask, 'workspace' | 'agent' | 'endpoint'>;

/** How long a client may come back for what it asked. */
export const TASK_TTL_MS = 7 * 86_400_000;
const MAX_TASKS_PER_AGENT = 1_000;
const MAX_REQUEST_BYTES = 200 * 1024;
const MAX_ANSWER_BYTES = 256 * 1024;
/** A poll that starts the call stays for its answer that long. */
const STAY_MS = 2_000;
const ID_BYTES = 24;
const NO_SIGNAL = new AbortController().signal;

/**
 * Held calls of clients that know tasks. Nothing waits in memory: the call is made when its client asks for it after people
 * approved, as a new action with the credential that asks. So a restart loses none, and a revoked key executes nothing.
 */
export class HeldTasks {
  readonly #parts: HeldTaskParts;
  readonly #store: TaskStore;
  readonly #running = new Map<string, { readonly gone: AbortController; readonly ended: Promise<void> }>();

  constructor(parts: HeldTaskParts) {
    this.#parts = parts;
    this.#store = new TaskStore(parts.storage);
  }

  /** Undefined where it cannot be a task: too large, or too many of this agent. */
  async open(
    place: Place,
    held: { approval: ApprovalId; action: ActionId },
    request: HeldRequest,
  ): Promise<HeldTask | undefined> {
    const nowMs = this.#parts.now();
    const bytes = Buffer.from(JSON.stringify(request));
    if (bytes.length > MAX_REQUEST_BYTES) return undefined;
    if ((await this.#store.count(place.workspace, place.agent, nowMs)) >= MAX_TASKS_PER_AGENT) return undefined;
    const untilMs = nowMs + TASK_TTL_MS;
    const { workspace } = place;
    const kept = this.#parts.payloads.keep({
      ...{ workspace, action: held.action, part: 'request', bytes, keepUntilMs: untilMs },
    });
    const task: HeldTask = {
      id: `tsk_${randomBytes(ID_BYTES).toString('base64url')}`,
      ...{ ...place, ...held, status: 'working', request: kept.id, answer: undefined },
      ...{ createdAtMs: nowMs, updatedAtMs: nowMs, untilMs },
    };
    await this.#store.create(task, kept.statement);
    return task;
  }

  /** How it stands; where people have decided, the call is made now. */
  async poll(place: Place, id: string, call: TaskCall): Promise<TaskView | undefined> {
    const task = await this.#store.one({ ...place, id }, this.#parts.now());
    if (task === undefined) return undefined;
    if (task.status === 'working') await this.#goOn(task, call);
    else if (task.status === 'running') await this.#rejoin(task);
    else return this.#view(task);
    const now = await this.#store.one({ ...place, id }, this.#parts.now());
    return now === undefined ? undefined : this.#view(now);
  }

  /** Cooperative: what is under way ends as an action that its caller left. The approval runs out by itself. */
  async cancel(place: Place, id: string): Promise<boolean> {
    const task = await this.#store.one({ ...place, id }, this.#parts.now());
    if (task === undefined) return false;
    this.#running.get(id)?.gone.abort(new Error('cancelled by the caller'));
    await this.#store.end(task, 'cancelled', undefined, this.#parts.now());
    return true;
  }

  /** What is under way ends by itself, or is ended as every action is when the server shuts down. */
  async drain(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map(({ ended }) => ended));
  }

  async #goOn(task: HeldTask, call: TaskCall): Promise<void> {
    const state = await this.#parts.desk.wait(task.approval, { timeoutMs: 0, signal: NO_SIGNAL });
    if (state === 'pending') return;
    if (state !== 'approved' && state !== 'denied') return this.#endWith(task, refusal(UNANSWERED[state]));
    if (this.#running.has(task.id)) return this.#rejoin(task);
    // On the list before it is claimed: a poll that finds it running must find it here.
    const gone = new AbortController();
    const ended = this.#claim(task, call, gone.signal).finally(() => this.#running.delete(task.id));
    this.#running.set(task.id, { gone, ended });
    await stayFor(ended);
  }

  /** Of two processes one makes the call. */
  async #claim(task: HeldTask, call: TaskCall, gone: AbortSignal): Promise<void> {
    if (await this.#store.move(task, 'working', 'running', task.approval, this.#parts.now()))
      await this.#execute(task, call, gone);
  }

  async #execute(task: HeldTask, call: TaskCall, gone: AbortSignal): Promise<void> {
    const { payloads, pipeline, now } = this.#parts;
    try {
      const kept = await payloads.read(task.workspace, task.request);
      if (kept?.bytes === undefined) return await this.#endWith(task, refusal('what was asked was erased; call again'));
      const request = JSON.parse(Buffer.from(kept.bytes).toString('utf8')) as HeldRequest;
      const completed = await pipeline.pass(call.propose(request, gone));
      const { kind, approval } = completed.outcome;
      // The approval was void: people are asked anew, about the same task.
      if (kind === 'held' && approval !== undefined)
        return void (await this.#store.move(task, 'running', 'working', approval, now()));
      await this.#endWith(task, call.answer(completed, request));
    } catch (error) {
      const { onFault } = this.#parts;
      onFault(`the call of the task ${task.id} went wrong, and its outcome is unknown`, error);
      await this.#endWith(task, refusal(UNKNOWN)).catch((late: unknown) => onFault('a task could not be ended', late));
    }
  }

  /** Under way in this process, or it was when a process died. */
  async #rejoin(task: HeldTask): Promise<void> {
    const running = this.#running.get(task.id);
    if (running !== undefined) return stayFor(running.ended);
    const now = await this.#store.one(task, this.#parts.now());
    if (now?.status === 'running' && !this.#running.has(task.id)) await this.#endWith(now, refusal(UNKNOWN));
  }

  async #endWith(task: HeldTask, answer: TaskAnswer): Promise<void> {
    const { payloads, now } = this.#parts;
    let bytes = Buffer.from(JSON.stringify(answer));
    if (bytes.length > MAX_ANSWER_BYTES) bytes = Buffer.from(JSON.stringify(refusal(TOO_LARGE)));
    const { workspace, action, untilMs: keepUntilMs } = task;
    const kept = payloads.keep({ workspace, action, part: 'reply', bytes, keepUntilMs });
    await this.#store.end(task, 'error' in answer ? 'failed' : 'completed', kept, now());
  }

  async #view(task: HeldTask): Promise<TaskView> {
    if (task.answer === undefined) return { task, answer: undefined };
    const kept = await this.#parts.payloads.read(task.workspace, task.answer);
    if (kept?.bytes === undefined) return { task, answer: refusal('the answer was erased') };
    return { task, answer: JSON.parse(Buffer.from(kept.bytes).toString('utf8')) as TaskAnswer };
  }
}

const UNANSWERED = {
  expired: 'nobody answered in time, which means no; call again to ask anew',
  used: 'another call used the approval; call again to ask anew',
  withdrawn: 'the approval was withdrawn; call again to ask anew',
} as const;
const UNKNOWN = 'the call was under way when the server stopped; whether it took effect is in the record of actions';
const TOO_LARGE = 'the call was made; its answer is larger than is kept for tasks';

function refusal(message: string): TaskAnswer {
  return { result: { content: [{ type: 'text', text: `approval_required: ${message}.` }], isError: true } };
}

function stayFor(ended: Promise<void>): Promise<void> {
  return Promise.race([ended, new Promise<void>((resolve) => setTimeout(resolve, STAY_MS).unref())]);
}
