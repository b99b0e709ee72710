import type { Usage } from '@reeve/contracts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../json-object.ts';
import type { StreamReader } from '../../surface.ts';
import { collectTexts, type TextAt } from '../../text-parts.ts';
import { chatUsage, responsesUsage } from './response.ts';
import { ChatAssembly, ResponsesAssembly } from './stream-assembly.ts';

/** `chat.completion.chunk` events and those of completions. */
export class ChatStream implements StreamReader {
  usage: Usage | undefined;
  outputLength = 0;
  complete = false;
  error: string | undefined;
  readonly #passUsage: boolean;
  readonly #open = new Set<unknown>();
  readonly #assembly = new ChatAssembly();

  constructor(passUsage: boolean) {
    this.#passUsage = passUsage;
  }

  read(event: JsonObject): 'pass' | 'drop' {
    this.#assembly.add(event);
    if (event.error !== undefined && event.error !== null) this.error = errorText(event.error);
    const choices = asArray(event.choices);
    for (const choice of choices) if (isObject(choice)) this.#readChoice(choice);
    const usage = chatUsage(event);
    if (usage === undefined) return 'pass';
    this.usage = usage;
    return this.#passUsage || choices.length > 0 ? 'pass' : 'drop';
  }

  /** Some servers leave out `[DONE]`: a stream whose choices all said why they ended is whole too. */
  #readChoice(choice: JsonObject): void {
    this.outputLength += textLength(choice.delta) + textLength(choice.text);
    if (asString(choice.finish_reason) === undefined) this.#open.add(choice.index);
    else this.#open.delete(choice.index);
    this.complete = this.#open.size === 0;
  }

  texts(event: JsonObject): TextAt[] {
    const out: TextAt[] = [];
    const choices = asArray(event.choices);
    for (let i = 0; i < choices.length; i++) {
      const choice = asObject(choices[i]);
      if (choice === undefined) continue;
      const found: TextAt[] = [];
      for (const member of ['delta', 'text', 'message'] as const)
        collectTexts(choice[member], ['choices', i, member], 'assistant', found);
      const owner = typeof choice.index === 'number' ? choice.index : i;
      for (const text of found) out.push({ ...text, path: stablePath(text, owner, choice) });
    }
    return out;
  }

  done(): void {
    this.complete = true;
  }

  reply(): JsonObject | undefined {
    return this.#assembly.reply();
  }
}

/** `choices[0].tool_calls[1].function.arguments`: by the indexes that the events name, not by their places in this one. */
function stablePath(text: TextAt, owner: number, choice: JsonObject): string {
  let path = `choices[${owner}]`;
  if (text.at[2] === 'message') path += '.message';
  const calls = asArray(asObject(choice.delta)?.tool_calls);
  for (let i = 3; i < text.at.length; i++) {
    const step = text.at[i];
    if (typeof step !== 'number') path += `.${step}`;
    else if (text.at[i - 1] === 'tool_calls') path += `[${String(asObject(calls[step])?.index ?? step)}]`;
    else path += `[${step}]`;
  }
  return path;
}

const RESPONSE_ENDS = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** Events of the Responses API, named by `type`. */
export class ResponsesStream implements StreamReader {
  usage: Usage | undefined;
  outputLength = 0;
  complete = false;
  error: string | undefined;
  readonly #assembly = new ResponsesAssembly();

  read(event: JsonObject): 'pass' {
    this.#assembly.add(event);
    const type = asString(event.type) ?? '';
    if (type.endsWith('.delta')) this.outputLength += asString(event.delta)?.length ?? 0;
    if (type === 'error') this.error = errorText(event.error ?? event);
    if (!RESPONSE_ENDS.has(type)) return 'pass';
    this.complete = true;
    const response = asObject(event.response);
    if (response === undefined) return 'pass';
    this.usage = responsesUsage(response) ?? this.usage;
    if (type === 'response.failed') this.error = errorText(response.error);
    return 'pass';
  }

  texts(event: JsonObject): TextAt[] {
    const type = asString(event.type) ?? '';
    const role = type.includes('arguments') || type.includes('input') ? 'arguments' : 'assistant';
    if (type.endsWith('.delta')) {
      const text = asString(event.delta);
      return text === undefined ? [] : [{ at: ['delta'], role, text, path: `${type} ${placeOf(event)}` }];
    }
    // Other events repeat what deltas said, or say it whole: each is a part of its own.
    const out: TextAt[] = [];
    for (const name of ['text', 'arguments', 'refusal', 'input', 'code', 'part', 'item', 'annotation']) {
      collectTexts(event[name], [name], role, out, name === 'arguments' || name === 'input');
    }
    collectTexts(asObject(event.response)?.output, ['response', 'output'], 'assistant', out);
    return out.map((text) => ({ ...text, path: `${type} ${String(event.sequence_number)} ${text.at.join('.')}` }));
  }

  done(): void {}

  reply(): JsonObject | undefined {
    return this.#assembly.reply();
  }
}

function placeOf(event: JsonObject): string {
  return [event.output_index, event.content_index, event.summary_index]
    .filter((index) => index !== undefined)
    .join('.');
}

function errorText(error: unknown): string {
  return asString(asObject(error)?.message) ?? 'the provider reported an error in the stream';
}

/** Length of all strings below; roles and ids count too, which errs on the safe side. */
function textLength(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let length = 0;
  for (const inner of Object.values(value)) length += textLength(inner);
  return length;
}
