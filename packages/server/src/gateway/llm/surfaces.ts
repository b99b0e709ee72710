import type { JsonEdit } from './json-edit.ts';
import { asString, type JsonObject } from './json-object.ts';
import { messageAnswers, messagesConversation } from './providers/anthropic/conversation.ts';
import { anthropicTexts, readCountTokens, readMessages } from './providers/anthropic/request.ts';
import { contentTexts, messageUsage } from './providers/anthropic/response.ts';
import { MessageStream } from './providers/anthropic/stream.ts';
import { ANTHROPIC_UNGOVERNED } from './providers/anthropic/ungoverned.ts';
import { candidateAnswers, contentsConversation } from './providers/gemini/conversation.ts';
import { geminiTexts, readGenerate, readWithoutOutput, setLimit, setModelNames } from './providers/gemini/request.ts';
import { candidateTexts, geminiUsage } from './providers/gemini/response.ts';
import { GenerateStream } from './providers/gemini/stream.ts';
import { GEMINI_UNGOVERNED } from './providers/gemini/ungoverned.ts';
import {
  chatAnswers,
  chatConversation,
  promptConversation,
  responsesAnswers,
  responsesConversation,
} from './providers/openai/conversation.ts';
import {
  askForUsage,
  limitName,
  openaiTexts,
  readChat,
  readCompletion,
  readEmbeddings,
  readResponses,
  wantsUsage,
} from './providers/openai/request.ts';
import { chatUsage, choiceTexts, outputTexts, responsesUsage } from './providers/openai/response.ts';
import { ChatStream, ResponsesStream } from './providers/openai/stream.ts';
import { OPENAI_UNGOVERNED } from './providers/openai/ungoverned.ts';
import { setMember, setModel } from './read-fields.ts';
import type { BodyTarget, ModelRequest, Surface } from './surface.ts';
import { findUngoverned } from './ungoverned.ts';

const OPENAI = {
  shape: 'openai',
  generates: true,
  billed: true,
  ungoverned: (body: JsonObject) => findUngoverned(OPENAI_UNGOVERNED, body),
  requestTexts: openaiTexts,
  usage: chatUsage,
  replyTexts: choiceTexts,
  openStream: (body: JsonObject) => new ChatStream(wantsUsage(body)),
  conversation: chatConversation,
  answers: chatAnswers,
} as const;

const ANTHROPIC = {
  shape: 'anthropic',
  generates: true,
  billed: true,
  ungoverned: (body: JsonObject) => findUngoverned(ANTHROPIC_UNGOVERNED, body),
  requestTexts: anthropicTexts,
  requestEdits: withLimit((body, limit) => setMember(body, 'max_tokens', String(limit))),
  usage: messageUsage,
  replyTexts: contentTexts,
  openStream: () => new MessageStream(),
  conversation: messagesConversation,
  answers: messageAnswers,
} as const;

const GEMINI = {
  shape: 'gemini',
  generates: true,
  billed: true,
  ungoverned: (body: JsonObject) => findUngoverned(GEMINI_UNGOVERNED, body),
  requestTexts: geminiTexts,
  usage: geminiUsage,
  replyTexts: candidateTexts,
  openStream: () => new GenerateStream(),
  conversation: contentsConversation,
  answers: candidateAnswers,
} as const;

const SILENT = { generates: false, replyTexts: () => [], conversation: () => undefined, answers: () => [] } as const;

/** Every endpoint of a provider API that Reeve speaks. What is not here is refused, and nothing of it goes upstream. */
export const SURFACES = {
  'openai.chat': {
    ...OPENAI,
    name: 'openai.chat',
    upstreamPath: () => '/chat/completions',
    readRequest: readChat,
    requestEdits: (body, request, target, limit) => [
      ...withLimit((b, l) => setMember(b, limitName(target.provider), String(l)))(body, request, target, limit),
      ...askForUsage(body),
    ],
  },
  'openai.completions': {
    ...OPENAI,
    name: 'openai.completions',
    conversation: promptConversation,
    answers: () => [],
    upstreamPath: () => '/completions',
    readRequest: readCompletion,
    requestEdits: (body, request, target, limit) => [
      ...withLimit((b, l) => setMember(b, 'max_tokens', String(l)))(body, request, target, limit),
      ...askForUsage(body),
    ],
  },
  'openai.responses': {
    ...OPENAI,
    name: 'openai.responses',
    upstreamPath: () => '/responses',
    readRequest: readResponses,
    requestEdits: withLimit((body, limit) => setMember(body, 'max_output_tokens', String(limit))),
    usage: responsesUsage,
    replyTexts: outputTexts,
    openStream: () => new ResponsesStream(),
    conversation: responsesConversation,
    continues: (body) => asString(body.previous_response_id),
    replyId: (reply) => asString(reply.id),
    answers: responsesAnswers,
  },
  'openai.embeddings': {
    ...OPENAI,
    ...SILENT,
    name: 'openai.embeddings',
    upstreamPath: () => '/embeddings',
    readRequest: readEmbeddings,
    requestEdits: (body, _request, target) => setModel(body, target.model),
  },
  'anthropic.messages': {
    ...ANTHROPIC,
    name: 'anthropic.messages',
    upstreamPath: () => '/messages',
    readRequest: readMessages,
  },
  'anthropic.count_tokens': {
    ...ANTHROPIC,
    ...SILENT,
    name: 'anthropic.count_tokens',
    billed: false,
    upstreamPath: () => '/messages/count_tokens',
    readRequest: readCountTokens,
    requestEdits: (body, _request, target) => setModel(body, target.model),
  },
  'gemini.generateContent': {
    ...GEMINI,
    name: 'gemini.generateContent',
    upstreamPath: (model, stream) =>
      stream ? `/models/${model}:streamGenerateContent?alt=sse` : `/models/${model}:generateContent`,
    readRequest: readGenerate,
    requestEdits: (body, _request, _target, limit) => (limit === undefined ? [] : [setLimit(body, limit)]),
  },
  'gemini.countTokens': {
    ...GEMINI,
    ...SILENT,
    name: 'gemini.countTokens',
    billed: false,
    upstreamPath: (model) => `/models/${model}:countTokens`,
    readRequest: readWithoutOutput,
    requestEdits: (body, _request, target) => setModelNames(body, target.model),
  },
  'gemini.embedContent': {
    ...GEMINI,
    ...SILENT,
    name: 'gemini.embedContent',
    upstreamPath: (model) => `/models/${model}:embedContent`,
    readRequest: readWithoutOutput,
    requestEdits: (body, _request, target) => setModelNames(body, target.model),
  },
  'gemini.batchEmbedContents': {
    ...GEMINI,
    ...SILENT,
    name: 'gemini.batchEmbedContents',
    upstreamPath: (model) => `/models/${model}:batchEmbedContents`,
    readRequest: readWithoutOutput,
    requestEdits: (body, _request, target) => setModelNames(body, target.model),
  },
} as const satisfies Record<string, Surface>;

export type SurfaceName = keyof typeof SURFACES;

/** The model's name in the body, and an output limit where the caller set none. */
function withLimit(setLimitOf: (body: JsonObject, limit: number) => JsonEdit) {
  return (body: JsonObject, _request: ModelRequest, target: BodyTarget, limit: number | undefined): JsonEdit[] =>
    limit === undefined ? setModel(body, target.model) : [...setModel(body, target.model), setLimitOf(body, limit)];
}
