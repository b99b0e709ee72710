/** One policy of a file, and where it starts. */
export interface PolicyPiece {
  readonly text: string;
  /** Index into the file's text. */
  readonly start: number;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Cuts a file at the `;` that ends each policy, outside of strings and comments. Done here because the engine returns a set's
 * policies without their places.
 */
export function splitPolicies(text: string): PolicyPiece[] {
  const pieces: PolicyPiece[] = [];
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '/' && text[at + 1] === '/') {
      at = endOfLine(text, at);
      continue;
    }
    if (start < 0 && !isSpace(character)) start = at;
    if (character === '"') at = endOfString(text, at);
    if (character !== ';') continue;
    pieces.push({ text: text.slice(start, at + 1), start });
    start = -1;
  }
  if (start >= 0) pieces.push({ text: text.slice(start), start });
  return pieces;
}

/** Finds places in one text without counting its lines again. */
export class Places {
  readonly #lineStarts = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Line and column, both from 1, of an index into the text. */
  at(index: number): Place {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: index - (this.#lineStarts[low] ?? 0) + 1 };
  }
}

/** The engine counts bytes of UTF-8, editors and strings do not. */
export function indexOfByte(text: string, byte: number): number {
  let bytes = 0;
  let index = 0;
  for (const character of text) {
    if (bytes >= byte) return index;
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    index += character.length;
  }
  return index;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r' || character === '\ufeff';
}
