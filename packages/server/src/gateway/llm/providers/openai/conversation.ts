import type { Conversation, Message, ProposedCall } from '../../../../flows/index.ts';
import { argsOf, ConversationReader, resultText } from '../../conversation-reader.ts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../json-object.ts';

const TEXT_TYPES: ReadonlySet<unknown> = new Set(['text', 'input_text', 'output_text', undefined]);

function textOf(part: JsonObject): string | undefined {
  if (TEXT_TYPES.has(part.type)) return asString(part.text);
  return part.type === 'refusal' ? asString(part.refusal) : undefined;
}

/** Chat: `messages`, whose assistants carry `tool_calls` that messages of role `tool` answer. */
export function chatConversation(body: JsonObject): Conversation {
  const reader = new ConversationReader();
  for (const message of asArray(body.messages)) readMessage(reader, message);
  return reader.conversation();
}

/** Completions: one text in which nobody can tell who said what. */
export function promptConversation(body: JsonObject): Conversation {
  const reader = new ConversationReader();
  reader.unknown(body.prompt);
  return reader.conversation();
}

/** What a chat reply adds to the conversation, by choice. */
export function chatAnswers(reply: JsonObject): (readonly Message[])[] {
  return asArray(reply.choices).map((choice) => {
    const reader = new ConversationReader();
    readMessage(reader, asObject(asObject(choice)?.message));
    return reader.messages();
  });
}

function readMessage(reader: ConversationReader, message: unknown): void {
  if (!isObject(message)) reader.unknown(message);
  else if (message.role === 'assistant') reader.proposed(message.content, textOf, callsOf(message));
  else if (message.role === 'user') reader.said('user', message.content, textOf);
  else if (message.role === 'system' || message.role === 'developer') reader.said('system', message.content, textOf);
  else if (message.role === 'tool' || message.role === 'function')
    reader.answered(asString(message.tool_call_id), asString(message.name), resultText(message.content));
  else reader.unknown(message);
}

function callsOf(message: JsonObject): ProposedCall[] {
  const calls: ProposedCall[] = [];
  for (const call of asArray(message.tool_calls)) {
    if (!isObject(call)) continue;
    const own = asObject(call.function) ?? asObject(call.custom) ?? call;
    calls.push(proposal(asString(call.id), own.name, own.arguments ?? own.input));
  }
  const legacy = asObject(message.function_call);
  if (legacy !== undefined) calls.push(proposal(undefined, legacy.name, legacy.arguments));
  return calls;
}

function proposal(id: string | undefined, name: unknown, args: unknown): ProposedCall {
  return { id, name: asString(name) ?? '', args: argsOf(args) };
}

/** Responses: `instructions`, then `input` items. */
export function responsesConversation(body: JsonObject): Conversation {
  const reader = new ConversationReader();
  reader.said('system', body.instructions, textOf);
  if (typeof body.input === 'string') reader.said('user', body.input, textOf);
  else for (const item of asArray(body.input)) readItem(reader, item);
  return reader.conversation();
}

export function responsesAnswers(reply: JsonObject): (readonly Message[])[] {
  const reader = new ConversationReader();
  for (const item of asArray(reply.output)) readItem(reader, item);
  return [reader.messages()];
}

const CALL = /_call$/;
const OUTPUT = /_output$/;
/** The model's own thoughts: nobody else wrote them, and nobody reads them but the provider. */
const THOUGHTS: ReadonlySet<unknown> = new Set(['reasoning', 'compaction']);

function readItem(reader: ConversationReader, item: unknown): void {
  if (!isObject(item)) reader.unknown(item);
  else if (item.type === undefined || item.type === 'message') readMessage(reader, item);
  else if (!THOUGHTS.has(item.type)) readTyped(reader, item, String(item.type));
}

function readTyped(reader: ConversationReader, item: JsonObject, type: string): void {
  const id = asString(item.call_id) ?? asString(item.id);
  if (OUTPUT.test(type)) reader.answered(id, undefined, resultText(item.output));
  else if (CALL.test(type)) {
    const args = item.arguments ?? item.input ?? item.action ?? item.operation;
    reader.proposed(undefined, textOf, [proposal(id, item.name ?? type, args)]);
    // What ran at the provider brings its result along.
    const result = item.output ?? item.results ?? item.outputs;
    if (result !== undefined && result !== null) reader.answered(id, undefined, resultText(result));
  } else reader.unknown(item);
}
