import type { Conversation, Message, ProposedCall } from '../../flows/index.ts';
import { asObject, asString, isObject, type JsonObject } from './json-object.ts';
import { collectTexts } from './text-parts.ts';

const MAX_MESSAGES = 4_000;
const MAX_TEXT_CHARS = 8_000_000;
const MAX_CALLS = 256;
/** Pictures and the like: whatever they say, nobody here has read it. */
export const UNREADABLE = '(content that cannot be read)';
const NO_ARGS: Readonly<Record<string, unknown>> = {};

/** The parts of a content that are words of whoever speaks. */
export type TextOf = (part: JsonObject) => string | undefined;

/**
 * Collects the messages of one body. Total: a shape nobody knows is content of unknown origin, which is as much as the result of an
 * unknown tool; so is what does not fit.
 */
export class ConversationReader {
  readonly #messages: Message[] = [];
  readonly #names = new Map<string, string>();
  #chars = 0;
  #cut = false;

  conversation(): Conversation {
    if (!this.#cut) return { messages: this.#messages };
    return { messages: [...this.#messages, { role: 'tool', text: UNREADABLE }], cut: true };
  }

  messages(): readonly Message[] {
    return this.#messages;
  }

  /** One text, or parts of which the texts are one message and any other a message of unknown origin. */
  said(role: 'system' | 'user', content: unknown, textOf: TextOf): void {
    const text = this.#textOf(content, textOf);
    if (text !== '') this.#add({ role, text });
  }

  /** The calls of an assistant may come apart from what it said. */
  proposed(content: unknown, textOf: TextOf, calls: readonly ProposedCall[]): void {
    const text = this.#textOf(content, textOf);
    const kept = calls.slice(0, MAX_CALLS);
    if (kept.length < calls.length) this.#cut = true;
    for (const { id, name } of kept) if (id !== undefined) this.#names.set(id, name);
    if (kept.length > 0) this.#add({ role: 'assistant', text, calls: kept });
    else if (text !== '') this.#add({ role: 'assistant', text });
  }

  answered(callId: string | undefined, name: string | undefined, text: string): void {
    const toolName = name ?? (callId === undefined ? undefined : this.#names.get(callId));
    this.#add({
      role: 'tool',
      text,
      ...(callId === undefined ? {} : { callId }),
      ...(toolName === undefined ? {} : { toolName }),
    });
  }

  unknown(value: unknown): void {
    this.#add({ role: 'tool', text: allTexts(value) || UNREADABLE });
  }

  #textOf(content: unknown, textOf: TextOf): string {
    if (typeof content === 'string') return content;
    if (content === undefined || content === null) return '';
    if (!Array.isArray(content)) {
      this.unknown(content);
      return '';
    }
    let text = '';
    for (const part of content) {
      const own = typeof part === 'string' ? part : isObject(part) ? textOf(part) : undefined;
      if (own === undefined) this.unknown(part);
      else if (own !== '') text = text === '' ? own : `${text}\n${own}`;
    }
    return text;
  }

  #add(message: Message): void {
    this.#chars += message.text.length;
    if (this.#messages.length >= MAX_MESSAGES || this.#chars > MAX_TEXT_CHARS) this.#cut = true;
    else this.#messages.push(message);
  }
}

/** Every text in a value, as far as it can be read. */
export function allTexts(value: unknown): string {
  if (typeof value === 'string') return value;
  const found: Parameters<typeof collectTexts>[3] = [];
  collectTexts(value, [], 'tool', found);
  return found.map(({ text }) => text).join('\n');
}

/** What a tool answered, in words or as a value. */
export function resultText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '' : allTexts(value) || UNREADABLE;
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

/** Arguments as an API writes them: an object, or the JSON text of one. What is neither is kept, so that it is seen. */
export function argsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  const text = asString(value);
  if (text === undefined || text === '') return NO_ARGS;
  try {
    return asObject(JSON.parse(text)) ?? { input: text };
  } catch {
    return { input: text };
  }
}
