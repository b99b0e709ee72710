import { asArray, asObject, asString, isObject, type JsonObject } from '../../json-object.ts';
import { StreamAssembly } from '../../stream-assembly.ts';

/** Each event is a whole response with some more parts. */
export class GenerateAssembly extends StreamAssembly {
  readonly #parts = new Map<unknown, unknown[]>();

  protected take(event: JsonObject): void {
    for (const candidate of asArray(event.candidates)) {
      if (!isObject(candidate)) continue;
      const index = candidate.index ?? 0;
      const parts = this.#parts.get(index) ?? [];
      this.#parts.set(index, parts);
      for (const part of asArray(asObject(candidate.content)?.parts)) {
        this.count(asString(asObject(part)?.text) ?? '');
        parts.push(part);
      }
    }
  }

  protected whole(): JsonObject {
    const candidates = [...this.#parts.values()].map((parts) => ({ content: { role: 'model', parts } }));
    return { candidates };
  }
}
