import type { ActionId } from '@reeve/contracts';
import { addressesAssistant } from './addressed.ts';
import { decodedTexts } from './decoded-text.ts';
import { isForeign } from './foreign.ts';
import { MAX_ORDERS } from './limits.ts';
import { compact, findWhole, fold } from './normal-text.ts';
import { recordsOf } from './records.ts';
import { type Asking, piecesOfSpeech, readOrder, wordsOf } from './sentence.ts';
import { WordFilter } from './word-filter.ts';

/** Content that a run took in, in one normalised text that is cut into pieces by author. */
export interface Source {
  /** The tool that answered, or `message`. */
  readonly name: string;
  readonly action: ActionId | undefined;
  /** What it was asked with, normalised. */
  readonly args: readonly string[];
  readonly trusted: boolean;
  readonly text: string;
  readonly pieces: readonly Piece[];
  readonly words: WordFilter;
  /** Made when first needed. */
  letters: string | undefined;
}

/** What one author wrote: a message, a page, an item of a list. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** It speaks to the assistant, so nothing in it is data. */
  readonly addressed: boolean;
  readonly orders: readonly Order[];
}

/** A sentence in the form of an order, with what follows it. */
export interface Order extends Asking {
  readonly start: number;
  readonly end: number;
}

const UNREAD: Asking = { acts: [], unread: true };

/** Sentences after an order that still belong to it: `Send it to Bob. His address is ...`. */
const BELONGING = 2;

export interface SourceInput extends Pick<Source, 'name' | 'action' | 'args' | 'trusted'> {
  readonly texts: readonly string[];
}

export function readSource({ texts, ...about }: SourceInput): Source {
  const builder = new SourceBuilder();
  for (const text of texts) {
    for (const record of recordsOf(text)) builder.add(record, about.trusted);
  }
  const { text, pieces } = builder;
  return { ...about, text, pieces, words: new WordFilter(text), letters: undefined };
}

/** Where a normalised value stands as whole words, or -1. */
export function findIn(source: Source, value: string, from = 0): number {
  return from > 0 || source.words.mayHold(value) ? findWhole(source.text, value, from) : -1;
}

/** Letters and digits only, for what was spelled with other signs between. */
export function lettersOf(source: Source): string {
  source.letters ??= compact(source.text);
  return source.letters;
}

export function pieceAt(source: Source, at: number): Piece | undefined {
  let low = 0;
  let high = source.pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.pieces[middle]?.start ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return source.pieces[low];
}

class SourceBuilder {
  readonly pieces: Piece[] = [];
  #parts: string[] = [];
  #length = 0;

  get text(): string {
    return this.#parts.join('');
  }

  add(record: string, trusted: boolean): void {
    const start = this.#length;
    const decoded = trusted ? [] : decodedTexts(record);
    const folded = fold(decoded.length === 0 ? record : `${record}\n\n${decoded.join('\n')}`);
    if (trusted) this.#append(folded);
    const orders = trusted ? [] : this.#readOrders(folded);
    const addressed =
      !trusted && (orders.length > MAX_ORDERS || addressesAssistant(folded, folded.toLowerCase()) !== -1);
    this.pieces.push({ start, end: this.#length, addressed, orders: orders.slice(0, MAX_ORDERS) });
  }

  #readOrders(folded: string): Order[] {
    const sentences = piecesOfSpeech(folded);
    const places = sentences.map(({ text }) => this.#append(text));
    return sentences.flatMap(({ text }, index) => {
      const asking = readOrder(text) ?? (isForeign(text, wordsOf(text)) ? UNREAD : undefined);
      const start = places[index] ?? 0;
      const end = places[index + 1 + BELONGING] ?? this.#length;
      return asking === undefined ? [] : [{ ...asking, start, end }];
    });
  }

  /** Where it begins. */
  #append(text: string): number {
    const start = this.#length;
    const plain = `${text.toLowerCase().replace(/\s+/g, ' ').trim()} `;
    this.#parts.push(plain);
    this.#length += plain.length;
    return start;
  }
}
