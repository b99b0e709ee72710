import type { Agent, ApiShape } from '@reeve/contracts';
import type { Budgets } from '../../budgets/index.ts';
import { must, ReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { AskModel, ModelAnswer, ModelQuestion } from '../../risk/index.ts';
import type { ModelTargetRef, StreamSink, WholeReply } from '../action.ts';
import { type JsonObject, parseUpstreamObject } from './json-object.ts';
import { ModelOperation, type ModelPlane } from './model-operation.ts';
import { messagesQuestion } from './providers/anthropic/question.ts';
import { generateQuestion } from './providers/gemini/question.ts';
import { chatQuestion } from './providers/openai/question.ts';
import type { Surface } from './surface.ts';
import { SURFACES } from './surfaces.ts';

interface Wire {
  readonly shape: ApiShape;
  readonly surface: Surface;
  readonly question: (model: string, system: string, text: string) => JsonObject;
}

const WIRES: readonly Wire[] = [
  { shape: 'openai', surface: SURFACES['openai.chat'], question: chatQuestion },
  { shape: 'anthropic', surface: SURFACES['anthropic.messages'], question: messagesQuestion },
  { shape: 'gemini', surface: SURFACES['gemini.generateContent'], question: generateQuestion },
];

/** Nothing is streamed to anybody. */
const NO_SINK: StreamSink = { begin: nowhere, write: nowhere, hold: nowhere, end: nowhere };
/** Nor are tools offered. */
const NO_TOOLS = { of: () => undefined };
/** The operator named the model in the rules, so the agent's own list has no say in it. */
const ANY_MODEL = { models: ['*'] };

export interface AskModelParts {
  readonly plane: Omit<ModelPlane, 'toolNames'>;
  readonly fleetOf: (workspace: string) => Fleet | undefined;
  readonly budgets: Pick<Budgets, 'reserve' | 'settle'>;
}

/** Asks models of the fleet on Reeve's own account of what an agent does; the agent's budgets pay. */
export function createAskModel(parts: AskModelParts): AskModel {
  return (question) => ask(parts, question);
}

async function ask(parts: AskModelParts, question: ModelQuestion): Promise<ModelAnswer> {
  const fleet = parts.fleetOf(question.workspace);
  if (fleet === undefined) throw new ReeveError('unknown_model', 'the workspace has no fleet in force');
  const { operation, surface, target } = operationFor(parts.plane, fleet, question);
  const { nanoUsd, tokens } = target.worstCase;
  const { agent, run, user, feature, session } = question.payer;
  const attribution = {
    ...(user === undefined ? {} : { user }),
    ...(feature === undefined ? {} : { feature }),
    ...(session === undefined ? {} : { session }),
  };
  // The agent made no call: only money and tokens are spent on its account.
  const charge = { nanoUsd: nanoUsd ?? 0, tokens, calls: 0 };
  const spender = { workspace: question.workspace, agent, run, attribution };
  const reserved = await parts.budgets.reserve(spender, charge, nanoUsd !== undefined);
  if (!reserved.granted) throw new ReeveError(reserved.code, reserved.message);
  let spent: ReturnType<ModelOperation['spent']>;
  try {
    const reply = await operation.ask(question.workspace, question.signal);
    spent = reply.kind === 'stream' ? reply.settled() : reply;
    return answerOf(surface, reply.kind === 'stream' ? undefined : reply);
  } finally {
    spent ??= operation.spent();
    const usage = spent?.usage;
    parts.budgets.settle(reserved.reservation, {
      nanoUsd: spent === undefined ? 0 : (spent.costNanoUsd ?? charge.nanoUsd),
      tokens:
        usage === undefined
          ? 0
          : usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens,
      calls: 0,
    });
  }
}

/** In the first API that the route has a target for. */
function operationFor(plane: AskModelParts['plane'], fleet: Fleet, { model, system, text, payer }: ModelQuestion) {
  const wire = must(
    WIRES.find(({ shape }) => speaks(plane, fleet, shape, model)),
    'an API that the model speaks',
  );
  const bytes = Buffer.from(JSON.stringify(wire.question(model, system, text)));
  const input = { surface: wire.surface, path: { model, stream: false }, headers: {}, bytes, sink: NO_SINK };
  const operation = new ModelOperation({ ...plane, toolNames: NO_TOOLS }, input);
  const agent: Agent = must(fleet.agents.get(payer.agent), 'the agent that pays');
  const target: ModelTargetRef = operation.resolve(fleet, { ...agent, ...ANY_MODEL });
  return { operation, surface: wire.surface, target };
}

function speaks({ router }: AskModelParts['plane'], fleet: Fleet, shape: ApiShape, model: string): boolean {
  try {
    return router.resolve(fleet, ANY_MODEL, shape, model).targets.length > 0;
  } catch (error) {
    if (error instanceof ReeveError && error.code === 'unknown_model') return false;
    throw error;
  }
}

function answerOf(surface: Surface, reply: WholeReply | undefined): ModelAnswer {
  if (reply === undefined || reply.upstreamError !== undefined)
    throw new ReeveError('upstream_failed', 'the model gave no answer');
  const body = parseUpstreamObject(Buffer.from(reply.body).toString('utf8'));
  const messages = body === undefined ? [] : (surface.answers(body)[0] ?? []);
  const text = messages.flatMap((message) => (message.role === 'assistant' ? [message.text] : [])).join('\n');
  return {
    text,
    servedBy: reply.servedBy,
    ...(reply.costNanoUsd === undefined ? {} : { costNanoUsd: reply.costNanoUsd }),
  };
}

function nowhere(): void {}
