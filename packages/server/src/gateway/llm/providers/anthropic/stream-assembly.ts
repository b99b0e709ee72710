import { asObject, asString, type JsonObject } from '../../json-object.ts';
import { StreamAssembly } from '../../stream-assembly.ts';

interface Block {
  readonly start: JsonObject;
  text: string;
  json: string;
}

/** Blocks by index: each begins with what it is, then grows by deltas. */
export class MessageAssembly extends StreamAssembly {
  readonly #blocks = new Map<unknown, Block>();

  protected take(event: JsonObject): void {
    if (event.type === 'content_block_start') {
      const start = asObject(event.content_block) ?? {};
      this.#blocks.set(event.index, { start, text: this.count(asString(start.text) ?? ''), json: '' });
    } else if (event.type === 'content_block_delta') {
      const block = this.#blocks.get(event.index);
      const delta = asObject(event.delta);
      if (block === undefined || delta === undefined) return;
      if (delta.type === 'text_delta') block.text += this.count(asString(delta.text) ?? '');
      else if (delta.type === 'input_json_delta') block.json += this.count(asString(delta.partial_json) ?? '');
    }
  }

  protected whole(): JsonObject {
    const content = [...this.#blocks.values()].map(({ start, text, json }) => {
      if (start.type === 'text') return { ...start, text };
      return json === '' ? start : { ...start, input: json };
    });
    return { content };
  }
}
