import type { Usage } from '@reeve/contracts';
import { asObject, asString, type JsonObject } from '../../json-object.ts';
import type { StreamReader } from '../../surface.ts';
import { collectTexts, type TextAt } from '../../text-parts.ts';
import { messageUsage } from './response.ts';
import { MessageAssembly } from './stream-assembly.ts';

/** `message_start` says the input, each `message_delta` the output so far; what a later one leaves out stays as it was. */
export class MessageStream implements StreamReader {
  outputLength = 0;
  complete = false;
  error: string | undefined;
  #counts: JsonObject | undefined;
  #final = false;
  readonly #assembly = new MessageAssembly();

  /** Only what `message_delta` said is a final count: `message_start` counts a token or so of output. */
  get usage(): Usage | undefined {
    return this.#final && this.#counts !== undefined ? messageUsage({ usage: this.#counts }) : undefined;
  }

  /** What the provider said of the input, for an estimate where the stream is cut. */
  get inputUsage(): Usage | undefined {
    return this.#counts === undefined ? undefined : messageUsage({ usage: this.#counts });
  }

  read(event: JsonObject): 'pass' {
    this.#assembly.add(event);
    switch (event.type) {
      case 'message_start':
        this.#counts = asObject(asObject(event.message)?.usage);
        break;
      case 'content_block_delta':
        this.outputLength += deltaLength(asObject(event.delta));
        break;
      case 'message_delta':
        this.#merge(asObject(event.usage));
        break;
      case 'message_stop':
        this.complete = true;
        break;
      case 'error':
        this.error = asString(asObject(event.error)?.message) ?? 'the provider reported an error in the stream';
        break;
    }
    return 'pass';
  }

  /** Deltas go on from event to event. Whatever else an event holds is a part of its own: clients start from `message_start`. */
  texts(event: JsonObject): TextAt[] {
    const out: TextAt[] = [];
    for (const member of ['delta', 'content_block'] as const) {
      const found: TextAt[] = [];
      collectTexts(event[member], [member], 'assistant', found);
      const place = member === 'delta' && event.type !== 'content_block_delta' ? `.${String(event.type)}` : '';
      for (const text of found)
        out.push({ ...text, path: `content[${String(event.index)}]${place}.${text.at.slice(1).join('.')}` });
    }
    collectTexts(asObject(event.message)?.content, ['message', 'content'], 'assistant', out);
    return out;
  }

  done(): void {}

  reply(): JsonObject | undefined {
    return this.#assembly.reply();
  }

  #merge(usage: JsonObject | undefined): void {
    if (usage === undefined) return;
    const said = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined);
    this.#counts = { ...this.#counts, ...Object.fromEntries(said) };
    this.#final = true;
  }
}

function deltaLength(delta: JsonObject | undefined): number {
  const text = asString(delta?.text) ?? asString(delta?.partial_json) ?? asString(delta?.thinking);
  return text?.length ?? 0;
}
