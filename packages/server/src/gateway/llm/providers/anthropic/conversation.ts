import type { Conversation, Message, ProposedCall } from '../../../../flows/index.ts';
import { argsOf, ConversationReader, resultText } from '../../conversation-reader.ts';
import { asArray, asString, isObject, type JsonObject } from '../../json-object.ts';

/** Messages of blocks: texts, `tool_use` of the assistant, `tool_result` in the user's next message. */
export function messagesConversation(body: JsonObject): Conversation {
  const reader = new ConversationReader();
  reader.said('system', body.system, textOf);
  for (const message of asArray(body.messages)) readMessage(reader, message);
  return reader.conversation();
}

export function messageAnswers(reply: JsonObject): (readonly Message[])[] {
  const reader = new ConversationReader();
  readAssistant(reader, reply.content);
  return [reader.messages()];
}

function textOf(part: JsonObject): string | undefined {
  return part.type === 'text' ? asString(part.text) : undefined;
}

function readMessage(reader: ConversationReader, message: unknown): void {
  if (!isObject(message)) reader.unknown(message);
  else if (message.role === 'assistant') readAssistant(reader, message.content);
  else if (message.role === 'system') reader.said('system', message.content, textOf);
  else if (message.role === 'user') readUser(reader, message.content);
  else reader.unknown(message);
}

function readUser(reader: ConversationReader, content: unknown): void {
  const own: unknown[] = [];
  for (const block of asArray(content)) {
    if (isObject(block) && block.type === 'tool_result')
      reader.answered(asString(block.tool_use_id), undefined, resultText(block.content));
    else own.push(block);
  }
  reader.said('user', Array.isArray(content) ? own : content, textOf);
}

const THOUGHTS: ReadonlySet<unknown> = new Set(['thinking', 'redacted_thinking', 'compaction']);

function readAssistant(reader: ConversationReader, content: unknown): void {
  const calls: ProposedCall[] = [];
  const own: unknown[] = [];
  for (const block of asArray(content)) {
    if (!isObject(block)) own.push(block);
    else if (block.type === 'tool_use')
      calls.push({ id: asString(block.id), name: asString(block.name) ?? '', args: argsOf(block.input) });
    else if (!THOUGHTS.has(block.type)) own.push(block);
  }
  reader.proposed(Array.isArray(content) ? own : content, textOf, calls);
}
