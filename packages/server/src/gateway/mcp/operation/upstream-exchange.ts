import { ReeveError } from '../../../lib/index.ts';
import type { Upstream, UpstreamCall } from '../upstream/upstream.ts';
import { isObject, type JsonObject, RPC, RpcError } from '../wire/json-rpc.ts';
import { answerFor, type CallerExchange, labelled } from './exchange.ts';
import type { StateBinding, StateSeal } from './sealed-state.ts';

const MAX_ROUNDS = 8;
/** They speak of the hop between us and the upstream; the caller can do nothing about them. */
const HOP_CODES: readonly number[] = [RPC.headerMismatch, RPC.missingClientCapability, RPC.unsupportedProtocolVersion];

export interface ExchangeRequest {
  readonly upstream: Upstream;
  readonly server: string;
  readonly call: Omit<UpstreamCall, 'onNotification' | 'onRequest' | 'clientCapabilities' | 'logLevel'>;
  readonly caller: CallerExchange;
  readonly seal: StateSeal;
  readonly binding: StateBinding;
  /** False where output must be inspected: then free text may not run ahead of the check. */
  readonly relayText: boolean;
}

/** One governed request to an upstream, whatever rounds of questions it takes. */
export async function exchangeWithUpstream(request: ExchangeRequest): Promise<JsonObject> {
  let answers = openedAnswers(request);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = await callOnce(request, answers);
    const type = result.resultType ?? 'complete';
    if (type === 'complete') return withoutResultType(result);
    if (type !== 'input_required')
      throw new ReeveError('upstream_failed', `the tool server answered with an unknown result type`);
    const questions = questionsOf(request, result);
    const { ask } = request.caller;
    if (ask === undefined) return sealedQuestions(request, result, questions);
    answers = { inputResponses: await askAll(ask, questions), ...stateOf(result) };
  }
  throw new ReeveError('upstream_failed', `the tool server asked more than ${MAX_ROUNDS} times`);
}

async function callOnce(request: ExchangeRequest, answers: JsonObject): Promise<JsonObject> {
  const { call, caller, upstream, server } = request;
  const notify = caller.notify;
  try {
    return await upstream.call({
      ...call,
      params: { ...call.params, ...answers },
      ...(notify === undefined
        ? {}
        : { onNotification: (told) => (request.relayText ? notify(told) : notifyNumbersOnly(told, notify)) }),
      onRequest: answerFor(server, caller.ask),
      clientCapabilities: caller.clientCapabilities ?? {},
      ...(caller.logLevel === undefined ? {} : { logLevel: caller.logLevel }),
    });
  } catch (thrown) {
    if (thrown instanceof RpcError && HOP_CODES.includes(thrown.code))
      throw new ReeveError('upstream_failed', 'the tool server needs something that this gateway does not offer it', {
        cause: thrown,
      });
    throw thrown;
  }
}

function notifyNumbersOnly(
  told: Parameters<NonNullable<CallerExchange['notify']>>[0],
  notify: NonNullable<CallerExchange['notify']>,
): void {
  if (told.method !== 'notifications/progress') return;
  const { message: _text, ...numbers } = told.params;
  notify({ method: told.method, params: numbers });
}

function openedAnswers({ caller, seal, binding, upstream }: ExchangeRequest): JsonObject {
  if (upstream.info.era === 'legacy') return {};
  const answers: Record<string, unknown> = {};
  if (caller.inputResponses !== undefined) answers.inputResponses = caller.inputResponses;
  if (caller.requestState === undefined) return answers;
  const opened = seal.open(caller.requestState, binding);
  if (opened === undefined)
    throw new ReeveError(
      'invalid_request',
      'requestState is not the one that was given out for this request, or it is too old; send the request without it',
    );
  return opened.state === undefined ? answers : { ...answers, requestState: opened.state };
}

/** Only people may be asked, and only those that the caller said it can reach. */
function questionsOf({ caller, server }: ExchangeRequest, result: JsonObject): Record<string, JsonObject> {
  const questions: Record<string, JsonObject> = {};
  for (const [key, question] of Object.entries(isObject(result.inputRequests) ? result.inputRequests : {})) {
    const mayAsk = caller.ask !== undefined || isObject(caller.clientCapabilities?.elicitation);
    if (!isObject(question) || question.method !== 'elicitation/create' || !mayAsk)
      throw new ReeveError('upstream_failed', 'the tool server asks the caller for something that is not offered');
    questions[key] = { ...question, params: labelled(server, isObject(question.params) ? question.params : {}) };
  }
  return questions;
}

function sealedQuestions({ seal, binding }: ExchangeRequest, result: JsonObject, questions: JsonObject): JsonObject {
  const { requestState: _state, inputRequests: _requests, ...rest } = result;
  return {
    ...rest,
    ...(Object.keys(questions).length === 0 ? {} : { inputRequests: questions }),
    ...('requestState' in result ? { requestState: seal.seal(stateOf(result).requestState, binding) } : {}),
  };
}

async function askAll(
  ask: NonNullable<CallerExchange['ask']>,
  questions: Record<string, JsonObject>,
): Promise<JsonObject> {
  const answers: Record<string, unknown> = {};
  for (const [key, question] of Object.entries(questions))
    answers[key] = await ask('elicitation/create', isObject(question.params) ? question.params : {});
  return answers;
}

function stateOf(result: JsonObject): { requestState?: string } {
  return typeof result.requestState === 'string' ? { requestState: result.requestState } : {};
}

function withoutResultType(result: JsonObject): JsonObject {
  const { resultType: _type, ...rest } = result;
  return rest;
}
