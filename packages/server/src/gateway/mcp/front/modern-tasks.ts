import type { HeldRequest, HeldTasks, TaskAnswer, TaskCall, TaskView } from '../tasks/held-tasks.ts';
import type { HeldTask } from '../tasks/task-store.ts';
import { isObject, type JsonObject, RPC, RpcError } from '../wire/json-rpc.ts';
import { TASKS } from '../wire/protocol-versions.ts';
import type { HeldCall } from './approval-wait.ts';
import { type FrontParts, type Incoming, proposeTool } from './front-parts.ts';
import type { McpCaller } from './mcp-caller.ts';
import type { ModernEnvelope } from './modern-envelope.ts';
import { type Answer, answerOf } from './outcome-answer.ts';

// The tasks extension of 2026-07-28 (SEP-2663): the server alone makes a call a task, and only for clients that declare it.

const POLL_INTERVAL_MS = 2_000;
const METHODS = ['tasks/get', 'tasks/update', 'tasks/cancel'] as const;
type TaskMethod = (typeof METHODS)[number];

export function isTaskMethod(method: string): method is TaskMethod {
  return (METHODS as readonly string[]).includes(method);
}

export function declaresTasks({ clientCapabilities }: ModernEnvelope): boolean {
  const { extensions } = clientCapabilities;
  return isObject(extensions) && isObject(extensions[TASKS]);
}

/** A held call as a task. `working`, not `input_required`: who must answer is not the client's own person. */
export async function createTask(
  tasks: HeldTasks,
  at: { readonly incoming: Incoming; readonly caller: McpCaller; readonly params: JsonObject },
  held: HeldCall,
): Promise<Answer | undefined> {
  const { incoming, caller, params } = at;
  const { attribution, idempotencyKey } = incoming;
  const { approval } = held.outcome;
  const about = { approval, action: held.action.id };
  const task = await tasks.open(placeOf(incoming, caller), about, {
    params,
    attribution: held.run === undefined ? attribution : { ...attribution, run: held.run.name },
    idempotencyKey,
  });
  if (task === undefined) return undefined;
  const { headers } = answerOf(held, { method: 'tools/call', name: '' });
  const statusMessage = `waits for approval ${approval}; people answer at ${held.approvalUrl}`;
  return { status: 200, headers, body: { result: { resultType: 'task', ...taskFacts(task), statusMessage } } };
}

export async function answerTaskMethod(
  parts: FrontParts,
  tasks: HeldTasks,
  method: TaskMethod,
  at: {
    readonly incoming: Incoming;
    readonly caller: McpCaller;
    readonly params: JsonObject;
    envelope: ModernEnvelope;
  },
): Promise<Answer> {
  if (!declaresTasks(at.envelope))
    throw new RpcError(RPC.missingClientCapability, 'declare the tasks extension to use tasks', {
      httpStatus: 400,
      data: { requiredCapabilities: { extensions: { [TASKS]: {} } } },
    });
  const { taskId } = at.params;
  if (typeof taskId !== 'string') throw new RpcError(RPC.invalidParams, 'params.taskId is the id of a task');
  const place = placeOf(at.incoming, at.caller);
  if (method === 'tasks/cancel') {
    if (!(await tasks.cancel(place, taskId))) throw unknown();
    return plain({});
  }
  const view = await tasks.poll(place, taskId, callFor(parts, at.incoming));
  if (view === undefined) throw unknown();
  // We never ask for input, so there is nothing that an update could answer.
  return plain(method === 'tasks/update' ? {} : shown(view));
}

/** The call is made with the credential that polls; it is the same call in the same run. */
function callFor(parts: FrontParts, incoming: Incoming): TaskCall {
  return {
    propose: ({ params, attribution, idempotencyKey }, gone) =>
      proposeTool(parts, { ...incoming, attribution, gone, idempotencyKey }, params, exchangeOf(params)),
    answer: (ended, { params }: HeldRequest) =>
      answerOf(ended, { method: 'tools/call', name: String(params.name) }).body,
  };
}

function exchangeOf({ inputResponses, requestState }: JsonObject) {
  return {
    ...(isObject(inputResponses) ? { inputResponses } : {}),
    ...(typeof requestState === 'string' ? { requestState } : {}),
  };
}

function shown({ task, answer }: TaskView): JsonObject {
  const status = task.status === 'running' ? 'working' : task.status;
  const facts = taskFacts(task);
  if (status === 'working') return { ...facts, statusMessage: messageOf(task) };
  if (status === 'cancelled') return facts;
  return { ...facts, ...ended(answer) };
}

/** A result inside a task says of itself what kind it is, as any other. */
function ended(answer: TaskAnswer | undefined): JsonObject {
  if (answer === undefined) return {};
  if ('error' in answer) return { error: answer.error };
  return { result: { resultType: 'complete', ...answer.result } };
}

function messageOf({ status, approval }: HeldTask): string {
  return status === 'running' ? 'approved, under way' : `waits for approval ${approval}`;
}

function taskFacts(task: HeldTask): JsonObject {
  return {
    taskId: task.id,
    status: task.status === 'running' ? 'working' : task.status,
    createdAt: new Date(task.createdAtMs).toISOString(),
    lastUpdatedAt: new Date(task.updatedAtMs).toISOString(),
    ttlMs: task.untilMs - task.createdAtMs,
    pollIntervalMs: POLL_INTERVAL_MS,
  };
}

function placeOf({ endpoint }: Incoming, { identity }: McpCaller) {
  return { workspace: identity.workspace, agent: identity.agent, endpoint: endpoint.server ?? '' };
}

function unknown(): RpcError {
  return new RpcError(RPC.invalidParams, 'Unknown task');
}

function plain(result: JsonObject): Answer {
  return { status: 200, headers: {}, body: { result } };
}
