import type { Conversation, Message, ProposedCall } from '../../../../flows/index.ts';
import { argsOf, ConversationReader, resultText } from '../../conversation-reader.ts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../json-object.ts';

/** `contents` of parts: texts, `functionCall` of the model, `functionResponse` by name and seldom by id. In both cases of names. */
export function contentsConversation(body: JsonObject): Conversation {
  const reader = new ConversationReader();
  const system = body.systemInstruction ?? body.system_instruction;
  reader.said('system', asObject(system)?.parts ?? system, textOf);
  const contents = isObject(body.contents) ? [body.contents] : asArray(body.contents);
  for (const content of contents) readContent(reader, content);
  return reader.conversation();
}

export function candidateAnswers(reply: JsonObject): (readonly Message[])[] {
  return asArray(reply.candidates).map((candidate) => {
    const reader = new ConversationReader();
    readModel(reader, partsOf(asObject(candidate)?.content));
    return reader.messages();
  });
}

function textOf(part: JsonObject): string | undefined {
  return asString(part.text);
}

function partsOf(content: unknown): readonly unknown[] {
  return asArray(asObject(content)?.parts);
}

function readContent(reader: ConversationReader, content: unknown): void {
  const { role, parts } = asObject(content) ?? {};
  if (!Array.isArray(parts)) {
    if (!isObject(content) || parts !== undefined) reader.unknown(content);
  } else if (role === 'model') readModel(reader, parts);
  else readOther(reader, parts, role === 'user' || role === undefined);
}

function readOther(reader: ConversationReader, parts: readonly unknown[], isUser: boolean): void {
  const own: unknown[] = [];
  for (const part of parts) {
    const response = isObject(part) ? asObject(part.functionResponse ?? part.function_response) : undefined;
    if (response === undefined) own.push(part);
    else reader.answered(asString(response.id), asString(response.name), resultText(response.response));
  }
  if (isUser) reader.said('user', own, textOf);
  else for (const part of own) reader.unknown(part);
}

function readModel(reader: ConversationReader, parts: readonly unknown[]): void {
  const calls: ProposedCall[] = [];
  const own: unknown[] = [];
  for (const part of parts) {
    const call = isObject(part) ? asObject(part.functionCall ?? part.function_call) : undefined;
    if (call !== undefined)
      calls.push({ id: asString(call.id), name: asString(call.name) ?? '', args: argsOf(call.args) });
    else if (!isObject(part) || part.thought !== true) own.push(part);
  }
  // Texts come in as many parts as the model was streamed in: they are one.
  const texts = own.filter((part) => isObject(part) && textOf(part) !== undefined) as JsonObject[];
  for (const part of own) if (!isObject(part) || textOf(part) === undefined) reader.unknown(part);
  reader.proposed(texts.map((part) => textOf(part)).join(''), textOf, calls);
}
