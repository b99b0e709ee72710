import type { JsonObject } from './json-object.ts';

const MAX_ASSEMBLED_CHARS = 1_000_000;

/** Puts the pieces of a streamed reply together, for whoever reads it when it has ended. Gives up on what is too long. */
export abstract class StreamAssembly {
  #chars = 0;

  /** One event, in order. */
  add(event: JsonObject): void {
    if (this.#chars <= MAX_ASSEMBLED_CHARS) this.take(event);
  }

  /** The reply as it would have come in one piece; undefined where it was too long. */
  reply(): JsonObject | undefined {
    return this.#chars > MAX_ASSEMBLED_CHARS ? undefined : this.whole();
  }

  /** What one piece adds. */
  protected count(text: string): string {
    this.#chars += text.length + 1;
    return text;
  }

  protected abstract take(event: JsonObject): void;
  protected abstract whole(): JsonObject;
}
