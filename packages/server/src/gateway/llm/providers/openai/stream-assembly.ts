import { asArray, asObject, asString, isObject, type JsonObject } from '../../json-object.ts';
import { StreamAssembly } from '../../stream-assembly.ts';

interface Call {
  id: string | undefined;
  name: string;
  arguments: string;
}

interface Choice {
  content: string;
  readonly calls: Map<unknown, Call>;
}

/** `chat.completion.chunk` events: calls come by index, their arguments in pieces. */
export class ChatAssembly extends StreamAssembly {
  readonly #choices = new Map<unknown, Choice>();

  protected take(event: JsonObject): void {
    for (const choice of asArray(event.choices)) {
      const delta = isObject(choice) ? asObject(choice.delta) : undefined;
      if (delta === undefined) continue;
      const known = this.#choiceAt((choice as JsonObject).index);
      known.content += this.count(asString(delta.content) ?? '');
      if (Array.isArray(delta.tool_calls)) for (const call of delta.tool_calls) this.#addCall(known, call);
    }
  }

  #choiceAt(index: unknown): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { content: '', calls: new Map() };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #addCall({ calls }: Choice, piece: unknown): void {
    if (!isObject(piece)) return;
    const own = asObject(piece.function) ?? asObject(piece.custom);
    // Some servers name no index and send each call whole.
    const index = piece.index ?? piece.id ?? calls.size;
    let call = calls.get(index);
    if (call === undefined) {
      call = { id: undefined, name: '', arguments: '' };
      calls.set(index, call);
    }
    call.id ??= asString(piece.id);
    call.name += this.count(asString(own?.name) ?? '');
    call.arguments += this.count(asString(own?.arguments) ?? asString(own?.input) ?? '');
  }

  protected whole(): JsonObject {
    const choices = [...this.#choices.values()].map(({ content, calls }) => ({
      message: { role: 'assistant', content, tool_calls: [...calls.values()] },
    }));
    return { choices };
  }
}

/** Events of the Responses API: items come whole when they are done. */
export class ResponsesAssembly extends StreamAssembly {
  readonly #output: unknown[] = [];
  #id: unknown;

  protected take(event: JsonObject): void {
    const id = asObject(event.response)?.id;
    if (id !== undefined) this.#id = id;
    if (event.type !== 'response.output_item.done') {
      if (typeof event.delta === 'string') this.count(event.delta);
    } else this.#output.push(event.item);
  }

  protected whole(): JsonObject {
    return { id: this.#id, output: this.#output };
  }
}
