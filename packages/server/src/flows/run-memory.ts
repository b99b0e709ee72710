import { MAX_BESIDE, MAX_HEARD_CHARS, MAX_RESULT_CHARS, MAX_RUN_CHARS, MAX_RUN_PASSAGES } from './limits.ts';
import { type Request, readRequest } from './request.ts';
import { readSource, type Source, type SourceInput } from './source.ts';

const NO_REQUEST: Request = readRequest([]);

/** What one run has taken in, within limits; `partial` once something was left out. */
export class RunMemory {
  readonly labels = new Set<string>();
  readonly sources: Source[] = [];
  /** Values that people let pass. */
  readonly declassified = new Set<string>();
  /** The root's, whose content a run below it may carry. */
  readonly above: RunMemory | undefined;
  /** Runs that this one may be a part of. */
  readonly beside = new Set<string>();
  partial = false;
  chars = 0;
  #spoken: string[] = [];
  #spokenChanged = false;
  #request = NO_REQUEST;
  #operator: string[] = [];
  #heard: string[] = [];
  #heardChars = 0;
  #pieces = 0;
  readonly #known = new Set<string>();

  constructor(above: RunMemory | undefined) {
    this.above = above;
  }

  get request(): Request {
    if (this.#spokenChanged) {
      // An agent that nobody talks to does what its operator wrote.
      this.#request = readRequest(this.#spoken.length > 0 ? this.#spoken : this.#operator);
      this.#spokenChanged = false;
    }
    return this.#request;
  }

  /** Whether anybody asked for anything here. */
  get instructed(): boolean {
    return this.#spoken.length + this.#operator.length > 0;
  }

  /** Whether anything but words of people and operators came in. */
  get tookIn(): boolean {
    return this.partial || this.labels.size + this.sources.length + this.beside.size > 0;
  }

  get operator(): readonly string[] {
    return this.#operator;
  }

  /** Whether a message at this place of the conversation was read before. */
  heardBefore(index: number, key: string): boolean {
    return this.#heard[index] === key;
  }

  hear(index: number, key: string): void {
    if (this.#heardChars + key.length > MAX_HEARD_CHARS) return;
    if (this.#heard[index] === undefined && index !== this.#heard.length) return;
    this.#heardChars += key.length - (this.#heard[index]?.length ?? 0);
    this.#heard[index] = key;
  }

  mayBe(run: string): void {
    if (this.beside.has(run)) return;
    if (this.beside.size >= MAX_BESIDE) this.partial = true;
    else this.beside.add(run);
  }

  /** What another run has to fear of this one. */
  untrusted(): readonly Source[] {
    return this.sources.filter(({ trusted }) => !trusted);
  }

  say(role: 'user' | 'system', text: string): void {
    const said = role === 'user' ? this.#spoken : this.#operator;
    if (text.trim() === '' || said.includes(text)) return;
    if (!this.#fits(text.length)) return;
    said.push(text);
    this.chars += text.length;
    this.#spokenChanged = true;
  }

  /** False where this very content is known. */
  take(input: SourceInput): boolean {
    const key = contentKey(input.texts);
    if (key === undefined || this.#known.has(key)) return false;
    const texts = this.#readable(input.texts);
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    if (!this.#fits(length) || this.#pieces >= MAX_RUN_PASSAGES) {
      this.partial = true;
      return true;
    }
    const source = readSource({ ...input, texts });
    this.#known.add(key);
    this.sources.push(source);
    this.chars += source.text.length + key.length;
    this.#pieces += source.pieces.length;
    return true;
  }

  #readable(texts: readonly string[]): readonly string[] {
    let left = MAX_RESULT_CHARS;
    return texts.map((text) => {
      if (text.length > left) this.partial = true;
      const read = text.slice(0, left);
      left -= read.length;
      return read;
    });
  }

  #fits(length: number): boolean {
    if (this.chars + length <= MAX_RUN_CHARS) return true;
    this.partial = true;
    return false;
  }
}

/** The same result reaches us from the tool and again in the conversation. */
export function contentKey(texts: readonly string[]): string | undefined {
  const key = texts.join('\n').trim();
  return key === '' ? undefined : key;
}
