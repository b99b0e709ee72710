import type { Propose } from '../../waiting-pipeline.ts';
import type { StateSeal } from '../operation/sealed-state.ts';
import { canonicalJson } from '../wire/canonical-json.ts';
import { isObject, type JsonObject } from '../wire/json-rpc.ts';
import { type HeldCall, isHeldCall, PAGE_WAIT_MS, pageQuestion, progressTo, waitOf } from './approval-wait.ts';
import type { FrontParts, Incoming } from './front-parts.ts';
import type { McpCaller } from './mcp-caller.ts';
import type { ModernEnvelope } from './modern-envelope.ts';
import { createTask, declaresTasks } from './modern-tasks.ts';
import { type Answer, answerOf } from './outcome-answer.ts';

/** The question's key among `inputRequests`. */
const QUESTION = 'reeve_approval';
/** Tells our state from one that an upstream left with the client. */
const OURS = 'reeve-approval.';
/** Clients repeat a call that is not answered yet ten times at most. */
const MAX_ROUNDS = 8;
const encoder = new TextEncoder();

/** Where a call stands between its rounds, and what belongs to the upstream meanwhile. */
interface Round {
  readonly approval: string;
  readonly round: number;
  readonly answers?: JsonObject | undefined;
  readonly state?: string | undefined;
}

/** What the caller sent, without what is ours. */
export interface UnwrappedCall {
  readonly params: JsonObject;
  /** Of a call that repeats one whose approval page was shown. */
  readonly round: Round | undefined;
  /** The person did not want to open the page. */
  readonly declined: boolean;
}

interface ModernCall {
  readonly incoming: Incoming;
  readonly caller: McpCaller;
  readonly envelope: ModernEnvelope;
  readonly call: UnwrappedCall;
}

/** Takes our own question and state out of a repeated call. The state decides nothing: whether people approved, only the pipeline knows. */
export function unwrapCall(seal: StateSeal, caller: McpCaller, params: JsonObject): UnwrappedCall {
  const { requestState, inputResponses, ...rest } = params;
  if (typeof requestState !== 'string' || !requestState.startsWith(OURS))
    return { params, round: undefined, declined: false };
  const opened = seal.open(requestState.slice(OURS.length), bindingOf(caller, params));
  const round = opened?.state === undefined ? undefined : (JSON.parse(opened.state) as Round);
  const answer = isObject(inputResponses) ? inputResponses[QUESTION] : undefined;
  const declined = isObject(answer) && answer.action !== 'accept';
  const answers = round?.answers === undefined ? {} : { inputResponses: round.answers };
  const state = round?.state === undefined ? {} : { requestState: round.state };
  return { params: { ...rest, ...answers, ...state }, round, declined };
}

/** A held call of a modern client: its person is shown the page where the client can, else it waits as long as it may. */
export async function answerModernTool(parts: FrontParts, propose: Propose, modern: ModernCall): Promise<Answer> {
  const { incoming, envelope, call } = modern;
  const { pipeline } = parts;
  const asked = { method: 'tools/call', name: String(call.params.name ?? '') };
  const first = await pipeline.pass(propose);
  if (!isHeldCall(first)) return answerOf(first, asked);
  if (parts.tasks !== undefined && declaresTasks(envelope)) {
    const task = await createTask(parts.tasks, { incoming, caller: modern.caller, params: call.params }, first);
    if (task !== undefined) return task;
  }
  const { stream, request } = incoming;
  if (!opensUrls(envelope) || call.declined) {
    const wait = call.declined ? { forMs: 0 } : waitOf(request.headers, stream, envelope.progressToken);
    return answerOf(await pipeline.resume(first, propose, wait), asked);
  }
  if (call.round?.approval !== first.outcome.approval) return ask(parts, modern, first) ?? answerOf(first, asked);
  const onProgress = progressTo(stream, envelope.progressToken);
  const ended = await pipeline.resume(first, propose, { forMs: PAGE_WAIT_MS, onProgress });
  if (!isHeldCall(ended)) return answerOf(ended, asked);
  return ask(parts, modern, ended) ?? answerOf(ended, asked);
}

/** `input_required`; on later rounds without the question, so that nobody is asked twice. Undefined where it was long enough. */
function ask(parts: FrontParts, { caller, call }: ModernCall, held: HeldCall): Answer | undefined {
  const { approval } = held.outcome;
  const again = call.round?.approval === approval;
  const round = (again ? (call.round?.round ?? 0) : 0) + 1;
  const { inputResponses, requestState } = call.params;
  const state: Round = {
    approval,
    round,
    ...(isObject(inputResponses) ? { answers: inputResponses } : {}),
    ...(typeof requestState === 'string' ? { state: requestState } : {}),
  };
  const text = JSON.stringify(state);
  if (round > MAX_ROUNDS || text.length > MAX_STATE_LENGTH) return undefined;
  const sealed = OURS + parts.operations.seal.seal(text, bindingOf(caller, call.params));
  const questions = { [QUESTION]: { method: 'elicitation/create', params: pageQuestion(held) } };
  const { headers } = answerOf(held, { method: 'tools/call', name: '' });
  const result = { resultType: 'input_required', ...(again ? {} : { inputRequests: questions }), requestState: sealed };
  return { status: 200, headers, body: { result } };
}

/** Longer ones would come back too long to be opened. */
const MAX_STATE_LENGTH = 150 * 1024;

function opensUrls({ clientCapabilities }: ModernEnvelope): boolean {
  const { elicitation } = clientCapabilities;
  return isObject(elicitation) && isObject(elicitation.url);
}

function bindingOf({ identity }: McpCaller, { name, arguments: args }: JsonObject) {
  const payload = encoder.encode(canonicalJson({ name, arguments: args ?? {} }));
  return { workspace: identity.workspace, agent: identity.agent, target: 'reeve approval', payload };
}
