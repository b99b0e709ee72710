import type { Usage } from '@reeve/contracts';
import { asArray, asObject, asString, isObject, type JsonObject } from '../../json-object.ts';
import type { StreamReader } from '../../surface.ts';
import { collectTexts, type TextAt } from '../../text-parts.ts';
import { geminiUsage } from './response.ts';
import { GenerateAssembly } from './stream-assembly.ts';

/** Each event is a whole response with a piece of text; usage grows, and the last one counts. */
export class GenerateStream implements StreamReader {
  outputLength = 0;
  complete = false;
  error: string | undefined;
  #usage: Usage | undefined;
  #events = 0;
  readonly #assembly = new GenerateAssembly();

  /** Counts of earlier events are partial. */
  get usage(): Usage | undefined {
    return this.complete ? this.#usage : undefined;
  }

  get inputUsage(): Usage | undefined {
    return this.#usage;
  }

  read(event: JsonObject): 'pass' {
    this.#assembly.add(event);
    this.#events += 1;
    this.#usage = geminiUsage(event) ?? this.#usage;
    if (event.error !== undefined)
      this.error = asString(asObject(event.error)?.message) ?? 'the provider reported an error in the stream';
    if (asObject(event.promptFeedback)?.blockReason !== undefined) this.complete = true;
    for (const candidate of asArray(event.candidates)) {
      if (!isObject(candidate)) continue;
      this.outputLength += contentLength(candidate.content);
      if (asString(candidate.finishReason) !== undefined) this.complete = true;
    }
    return 'pass';
  }

  texts(event: JsonObject): TextAt[] {
    const out: TextAt[] = [];
    const candidates = asArray(event.candidates);
    for (let i = 0; i < candidates.length; i++) {
      const found: TextAt[] = [];
      const candidate = asObject(candidates[i]);
      collectTexts(candidate, ['candidates', i], 'assistant', found);
      const owner = String(candidate?.index ?? i);
      for (const text of found) out.push({ ...text, path: this.#pathOf(text, owner) });
    }
    return out;
  }

  done(): void {}

  reply(): JsonObject | undefined {
    return this.#assembly.reply();
  }

  /** Text goes on from event to event; anything else comes whole, and is a part of its own. */
  #pathOf(text: TextAt, owner: string): string {
    const [, , content, parts, , member] = text.at;
    if (content === 'content' && parts === 'parts' && member === 'text') return `candidates[${owner}].text`;
    return `candidates[${owner}].${this.#events}.${text.at.slice(2).join('.')}`;
  }
}

function contentLength(content: unknown): number {
  let length = 0;
  for (const part of asArray(asObject(content)?.parts)) {
    if (!isObject(part)) continue;
    length += asString(part.text)?.length ?? 0;
    if (isObject(part.functionCall)) length += JSON.stringify(part.functionCall).length;
  }
  return length;
}
