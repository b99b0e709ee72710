/** Where and why bytes are not the JSON that is accepted. */
export interface JsonFault {
  readonly offset: number;
  readonly message: string;
}

export interface JsonLimits {
  readonly maxDepth: number;
  /** Keys and elements in all objects and arrays together. */
  readonly maxItems: number;
  /** Bytes of one string as written. */
  readonly maxStringBytes: number;
}

const MAX_NUMBER_LENGTH = 40;
/** Shorter numbers without an exponent survive in any case. */
const SAFE_NUMBER_LENGTH = 15;

const QUOTE = 34;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const LOWER_E = 101;
const LOWER_U = 117;
const END = -1;

const WORDS: Readonly<Record<number, string>> = { 116: 'true', 102: 'false', 110: 'null' };
const ESCAPES = new Set([...'"\\/bfnrt'].map((char) => char.charCodeAt(0)));

/**
 * One pass over the bytes: grammar of RFC 8259, depth, sizes, numbers that a double cannot hold, escapes that are half a character.
 * Bytes must be valid UTF-8. Does not see duplicate keys, but counts keys so that the caller can.
 */
export class JsonScan {
  /** Keys of all objects. */
  keys = 0;
  readonly #bytes: Uint8Array;
  readonly #limits: JsonLimits;
  #at = 0;
  #items = 0;
  #fault: JsonFault | undefined;
  /** Whether each open container is an object. */
  readonly #open: boolean[] = [];
  readonly #onKey: ((start: number, end: number, depth: number) => void) | undefined;

  constructor(bytes: Uint8Array, limits: JsonLimits, onKey?: (start: number, end: number, depth: number) => void) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#onKey = onKey;
  }

  run(): JsonFault | undefined {
    if (!this.#value()) return this.#fault;
    while (this.#open.length > 0) if (!this.#next()) return this.#fault;
    return this.#skipSpace() === END ? undefined : this.#fail('there is something after the value');
  }

  /** One value; of a container only its opening and, where it has one, its first key. */
  #value(): boolean {
    const code = this.#skipSpace();
    if (code === QUOTE) return this.#string();
    if (code === OPEN_OBJECT) return this.#enter(true);
    if (code === OPEN_ARRAY) return this.#enter(false);
    if (code === MINUS || isDigit(code)) return this.#number();
    const word = WORDS[code];
    return word === undefined ? this.#no('a value is missing') : this.#word(word);
  }

  #enter(isObject: boolean): boolean {
    if (this.#open.length >= this.#limits.maxDepth)
      return this.#no(`it is nested deeper than ${this.#limits.maxDepth} levels`);
    this.#at += 1;
    this.#open.push(isObject);
    if (this.#skipSpace() === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return this.#leave();
    return this.#item(isObject);
  }

  /** What follows a value in its container: its end, or a comma and another item. */
  #next(): boolean {
    const isObject = this.#open[this.#open.length - 1] === true;
    const code = this.#skipSpace();
    if (code === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return this.#leave();
    if (code !== COMMA) return this.#no(`"," or "${isObject ? '}' : ']'}" is missing`);
    this.#at += 1;
    return this.#item(isObject);
  }

  #item(isObject: boolean): boolean {
    if (++this.#items > this.#limits.maxItems)
      return this.#no(`it has more than ${this.#limits.maxItems} keys and elements`);
    return isObject ? this.#key() && this.#value() : this.#value();
  }

  #key(): boolean {
    if (this.#skipSpace() !== QUOTE) return this.#no('a key in double quotes is missing');
    const start = this.#at;
    if (!this.#string()) return false;
    this.keys += 1;
    this.#onKey?.(start, this.#at, this.#open.length);
    if (this.#skipSpace() !== COLON) return this.#no('":" is missing');
    this.#at += 1;
    return true;
  }

  #leave(): boolean {
    this.#open.pop();
    this.#at += 1;
    return true;
  }

  #string(): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start + 1;
    for (;;) {
      const code = bytes[at];
      if (code === undefined) return this.#no('a string has no end', start);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        at = this.#escape(at);
        if (at < 0) return false;
      } else if (code < 32) return this.#no('a control character in a string must be escaped', at);
      else at += 1;
    }
    if (at - start - 1 > this.#limits.maxStringBytes)
      return this.#no(`a string is longer than ${this.#limits.maxStringBytes} bytes`, start);
    this.#at = at + 1;
    return true;
  }

  /** The offset after the escape at this one, or a negative number. */
  #escape(at: number): number {
    const code = this.#bytes[at + 1] ?? END;
    if (code !== LOWER_U) return ESCAPES.has(code) ? at + 2 : this.#noAt('an escape is not one of JSON', at);
    const unit = this.#hex(at + 2);
    if (unit < 0) return this.#noAt('\\u needs four hexadecimal digits', at);
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    const pair = this.#bytes[at + 6] === BACKSLASH && this.#bytes[at + 7] === LOWER_U ? this.#hex(at + 8) : END;
    if (unit > 0xdbff || pair < 0xdc00 || pair > 0xdfff) return this.#noAt('a surrogate stands alone', at);
    return at + 12;
  }

  #hex(at: number): number {
    let value = 0;
    for (let offset = at; offset < at + 4; offset++) {
      const code = this.#bytes[offset] ?? END;
      const lower = code | 32;
      if (isDigit(code)) value = value * 16 + code - ZERO;
      else if (lower >= 97 && lower <= 102) value = value * 16 + lower - 87;
      else return END;
    }
    return value;
  }

  #number(): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = bytes[start] === MINUS ? start + 1 : start;
    const digits = at;
    at = this.#digits(at);
    if (at === digits || (bytes[digits] === ZERO && at > digits + 1)) return this.#no('a number is malformed', start);
    let whole = true;
    if (bytes[at] === DOT) {
      const from = at + 1;
      at = this.#digits(from);
      whole = false;
      if (at === from) return this.#no('a number is malformed', start);
    }
    let exponent = false;
    if (((bytes[at] ?? 0) | 32) === LOWER_E) {
      const sign = bytes[at + 1];
      const from = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
      at = this.#digits(from);
      exponent = true;
      if (at === from) return this.#no('a number is malformed', start);
    }
    this.#at = at;
    return (!exponent && at - start <= SAFE_NUMBER_LENGTH) || this.#survives(start, at, whole && !exponent);
  }

  #digits(at: number): number {
    let end = at;
    while (isDigit(this.#bytes[end] ?? END)) end += 1;
    return end;
  }

  /** Whether a double holds the number: another parser must not read another one. */
  #survives(start: number, end: number, integer: boolean): boolean {
    if (end - start > MAX_NUMBER_LENGTH)
      return this.#no(`a number is longer than ${MAX_NUMBER_LENGTH} characters`, start);
    const text = String.fromCharCode(...this.#bytes.subarray(start, end));
    const value = Number(text);
    if (integer && !Number.isSafeInteger(value))
      return this.#no('an integer is beyond ±9007199254740991; send it as a string', start);
    if (!Number.isFinite(value)) return this.#no('a number is too large', start);
    if (value === 0 && /[1-9]/.test(text.split(/e/i)[0] ?? '')) return this.#no('a number is too small', start);
    return true;
  }

  #word(word: string): boolean {
    for (let index = 0; index < word.length; index++)
      if (this.#bytes[this.#at + index] !== word.charCodeAt(index)) return this.#no('a value is missing');
    this.#at += word.length;
    return true;
  }

  #skipSpace(): number {
    const bytes = this.#bytes;
    let code = bytes[this.#at];
    while (code === 32 || code === 10 || code === 13 || code === 9) {
      this.#at += 1;
      code = bytes[this.#at];
    }
    return code ?? END;
  }

  #no(message: string, offset = this.#at): false {
    this.#fail(message, offset);
    return false;
  }

  #noAt(message: string, offset: number): number {
    this.#fail(message, offset);
    return END;
  }

  #fail(message: string, offset = this.#at): JsonFault {
    this.#fault = { offset, message };
    return this.#fault;
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
