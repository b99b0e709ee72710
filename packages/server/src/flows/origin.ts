import { addressKind, type CallValue } from './call-values.ts';
import { decodedTexts } from './decoded-text.ts';
import { MAX_PLACES } from './limits.ts';
import { compact, findWhole, normalise } from './normal-text.ts';
import type { Request } from './request.ts';
import { type CallDeeds, fits } from './sentence.ts';
import { findIn, lettersOf, type Order, type Piece, pieceAt, type Source } from './source.ts';

/** A place in content where a value stands. */
export interface Place {
  readonly source: Source;
  readonly piece: Piece;
  readonly at: number;
}

/** Where a value of a call was seen. */
export interface Origin {
  readonly value: CallValue;
  /** The person or the operator said it. */
  readonly requested: boolean;
  /** A trusted tool gave it before any content did. */
  readonly trusted: boolean;
  /** It stands in a piece that speaks to the assistant. */
  readonly addressed: Place | undefined;
  /** There it stands in an order that asks for this kind of call. */
  readonly commanded: boolean;
  /** It stands in an order that asks for this kind of call. */
  readonly ordered: Place | undefined;
  /** Places in content that is neither. */
  readonly plain: readonly Place[];
}

export interface Known {
  readonly requests: readonly Request[];
  readonly operator: string;
  readonly sources: readonly Source[];
  readonly declassified: (form: string) => boolean;
}

/** Shorter ones are found by chance once signs between are dropped. */
const MIN_LETTERS = 8;

export function originOf(value: CallValue, known: Known, call: CallDeeds): Origin {
  const forms = formsOf(value);
  const letters = lettersForm(value, forms);
  const requested =
    known.declassified(normalise(value.raw)) ||
    forms.some((form) => isSaid(form, known)) ||
    (letters !== undefined && known.requests.some((request) => request.letters.includes(letters)));
  const search = new Search(call);
  for (const source of known.sources) search.look(source, forms, letters);
  return { value, requested, ...search.found };
}

function isSaid(form: string, { requests, operator }: Known): boolean {
  return requests.some((request) => findWhole(request.text, form) !== -1) || findWhole(operator, form) !== -1;
}

class Search {
  readonly #call: CallDeeds;
  #trusted = false;
  #addressed: Place | undefined;
  #commanded = false;
  #ordered: Place | undefined;
  readonly #plain: Place[] = [];

  constructor(call: CallDeeds) {
    this.#call = call;
  }

  get found(): Omit<Origin, 'value' | 'requested'> {
    return {
      trusted: this.#trusted,
      addressed: this.#addressed,
      commanded: this.#commanded,
      ordered: this.#ordered,
      plain: this.#plain,
    };
  }

  look(source: Source, forms: readonly string[], letters: string | undefined): void {
    let places = 0;
    for (const form of forms) {
      for (let at = findIn(source, form); at !== -1 && places < MAX_PLACES; places += 1) {
        this.#place(source, at);
        if (source.trusted) return;
        // Where a piece gives no orders, one place in it tells as much as all.
        const piece = pieceAt(source, at);
        const rest = piece === undefined || piece.orders.length > 0 ? at + 1 : Math.max(at + 1, piece.end);
        at = findIn(source, form, rest);
      }
    }
    if (places > 0 || letters === undefined || !lettersOf(source).includes(letters)) return;
    // Written with signs between: which piece it is takes a closer look, and to hide a value is no sign of plain data.
    const piece = source.pieces.find(({ start, end }) => compact(source.text.slice(start, end)).includes(letters));
    this.#place(source, (piece ?? source.pieces[0])?.start ?? 0);
  }

  #place(source: Source, at: number): void {
    if (source.trusted) {
      if (this.#plain.length === 0 && this.#addressed === undefined && this.#ordered === undefined)
        this.#trusted = true;
      return;
    }
    const piece = pieceAt(source, at);
    if (piece === undefined) return;
    const place = { source, piece, at };
    const ordered = piece.orders.some(
      (order) => holds(order, at) && (order.unread === true || fits(order, this.#call)),
    );
    if (piece.addressed) {
      if (this.#addressed === undefined || (ordered && !this.#commanded)) this.#addressed = place;
      this.#commanded ||= ordered;
    } else if (ordered) this.#ordered ??= place;
    else this.#plain.push(place);
  }
}

function holds(order: Order, at: number): boolean {
  return at >= order.start && at < order.end;
}

/** The ways in which one value may stand in a text. */
function formsOf(value: CallValue): string[] {
  const forms = new Set<string>([normalise(value.raw)]);
  if (value.numeric) for (const form of numberForms(Number(value.raw))) forms.add(form);
  else {
    for (const decoded of decodedTexts(value.raw)) forms.add(normalise(decoded));
    if (addressKind(value.raw) === 'url') for (const form of urlForms(normalise(value.raw))) forms.add(form);
  }
  forms.delete('');
  return [...forms];
}

function numberForms(value: number): string[] {
  if (!Number.isFinite(value)) return [];
  const grouped = value.toLocaleString('en-US');
  return [String(value), value.toFixed(1), value.toFixed(2), grouped, `${grouped}.00`];
}

function urlForms(url: string): string[] {
  const bare = url.replace(/^[a-z][a-z0-9+.-]*:\/\//, '').replace(/[/?#]+$/, '');
  const host = bare.split(/[/?#]/, 1)[0] ?? bare;
  const short = bare.replace(/^www\./, '');
  return [bare, short, host.includes('.') && host.length > 6 ? host : bare];
}

function lettersForm(value: CallValue, forms: readonly string[]): string | undefined {
  const letters = compact(forms[0] ?? '');
  return !value.numeric && letters.length >= MIN_LETTERS ? letters : undefined;
}
