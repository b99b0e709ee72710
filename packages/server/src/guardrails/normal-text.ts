interface Run {
  /** Where it begins in the normal text, and in the raw one. */
  readonly normal: number;
  readonly raw: number;
  length: number;
  rawLength: number;
  /** Whether normal and raw text are the same here. */
  readonly same: boolean;
}

// Soft hyphen, joiners and spaces of no width, bidi controls, fillers, variation selectors, tag characters.
const INVISIBLE =
  /\u034f|\u17b4|\u17b5|\u180b|\u180c|\u180d|\u180f|[\ufe00-\ufe0f]|[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufff8\u{e0000}-\u{e0fff}]/gu;
const PLAIN = /^[\t\n\r\x20-\x5b\x5d-\x7e]*$/;
const CLUSTER = /\s|[^\s\p{M}]\p{M}{0,30}|\p{M}{1,30}/gu;
const CLUSTER_OR_ESCAPE = /\\u[0-9a-f]{4}|\\["\\/bfnrt]|\s|[^\s\p{M}]\p{M}{0,30}|\p{M}{1,30}/giu;
const OPEN_ESCAPE = /\\(?:u[0-9a-f]{0,3})?$/i;
const JSON_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * Text as checks compare it: NFKC, invisible characters stripped, JSON escapes read where the text is JSON; with a map back
 * to the original, so that redaction leaves all other text as it was. Grows by pieces, however these are cut.
 */
export class NormalText {
  readonly #escapes: boolean;
  #text = '';
  /** Positions of the first character kept. */
  #base = 0;
  #runs: Run[] = [];
  #normalEnd = 0;
  #rawEnd = 0;
  /** Raw text that later text may still change: the last character and an open escape. */
  #open = '';

  constructor(escapes: boolean) {
    this.#escapes = escapes;
  }

  get text(): string {
    return this.#text;
  }

  get base(): number {
    return this.#base;
  }

  get end(): number {
    return this.#normalEnd;
  }

  append(piece: string, ended: boolean): void {
    const raw = this.#open + piece;
    const cut = ended ? raw.length : closedLength(raw, this.#escapes);
    this.#open = raw.slice(cut);
    if (cut > 0) this.#take(raw.slice(0, cut));
  }

  /** Raw position of the character at a normal position; at the end, of what follows. */
  rawStart(at: number): number {
    if (at >= this.#normalEnd) return this.#rawEnd;
    const run = this.#runAt(at);
    return run.same ? run.raw + at - run.normal : run.raw;
  }

  /** Raw position behind the character that ends at a normal position. */
  rawEnd(at: number): number {
    const run = this.#runAt(at - 1);
    return run.same ? run.raw + at - run.normal : run.raw + run.rawLength;
  }

  /** Forgets what is before a position. */
  drop(before: number): void {
    if (before - this.#base < DROP_CHARS) return;
    this.#text = this.#text.slice(before - this.#base);
    this.#base = before;
    const keep = this.#indexAt(before);
    if (keep > 0) this.#runs.splice(0, keep);
  }

  #take(raw: string): void {
    if (PLAIN.test(raw) || (!this.#escapes && isStable(raw))) this.#add(raw, raw);
    else
      for (const [cluster] of raw.matchAll(this.#escapes ? CLUSTER_OR_ESCAPE : CLUSTER))
        this.#add(cluster, normalCluster(cluster, this.#escapes));
  }

  #add(raw: string, normal: string): void {
    const same = raw === normal;
    const last = this.#runs.at(-1);
    if (same && last?.same === true) {
      last.length += normal.length;
      last.rawLength += raw.length;
    } else {
      this.#runs.push({
        normal: this.#normalEnd,
        raw: this.#rawEnd,
        length: normal.length,
        rawLength: raw.length,
        same,
      });
    }
    this.#text += normal;
    this.#normalEnd += normal.length;
    this.#rawEnd += raw.length;
  }

  #runAt(at: number): Run {
    const run = this.#runs[this.#indexAt(at)];
    if (run === undefined) throw new Error(`no text at ${at}`);
    return run;
  }

  /** The last run that begins at or before a position: of several at one position, the one that is not empty. */
  #indexAt(at: number): number {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#runs[middle]?.normal ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const DROP_CHARS = 4_096;

/** How much of the text no later character can change: all but the last cluster and an open escape. */
function closedLength(raw: string, escapes: boolean): number {
  if (/\s$/.test(raw) || raw === '') return raw.length;
  if (!escapes) return /[!-~]$/.test(raw) ? raw.length - 1 : lastCluster(raw, CLUSTER);
  const open = OPEN_ESCAPE.exec(raw);
  return open !== null && !isEscaped(raw, open.index) ? open.index : lastCluster(raw, CLUSTER_OR_ESCAPE);
}

function lastCluster(raw: string, clusters: RegExp): number {
  let at = 0;
  for (const match of raw.matchAll(clusters)) at = match.index;
  return at;
}

/** Whether a backslash is itself the second half of an escape. */
function isEscaped(raw: string, at: number): boolean {
  let slashes = 0;
  while (raw.charAt(at - 1 - slashes) === '\\') slashes++;
  return slashes % 2 === 1;
}

function isStable(raw: string): boolean {
  INVISIBLE.lastIndex = 0;
  return !INVISIBLE.test(raw) && raw.normalize('NFKC') === raw;
}

function normalCluster(cluster: string, escapes: boolean): string {
  const text = escapes && cluster.length > 1 && cluster.startsWith('\\') ? readEscape(cluster) : cluster;
  return text.normalize('NFKC').replace(INVISIBLE, '');
}

function readEscape(sequence: string): string {
  const kind = sequence.charAt(1);
  if (kind === 'u' && sequence.length === 6) return String.fromCharCode(Number.parseInt(sequence.slice(2), 16));
  return JSON_ESCAPES[kind] ?? sequence.slice(1);
}
