import { ReeveError } from '../lib/index.ts';
import { CheckFindings, type Entry } from './check-findings.ts';
import type { ContentEdit, ContentPart } from './content.ts';
import { applyHit, isJson, scannersOf } from './hit.ts';
import type { StreamInspector, StreamStep } from './inspection.ts';
import { type Hit, PathScan } from './path-scan.ts';
import { RedactedText } from './redacted-text.ts';
import type { Redactions } from './redactions.ts';

const MAX_HELD_CHARS = 1_000_000;
const MAX_PATHS = 512;

interface PathState {
  readonly scan: PathScan;
  readonly redacted: RedactedText;
  /** Text from `heldFrom` on that has not gone on. */
  held: string;
  heldFrom: number;
}

interface HeldChunk {
  readonly chunkId: number;
  readonly pieces: readonly { readonly path: string; readonly from: number; readonly text: string }[];
}

export class ContentStream implements StreamInspector {
  readonly #entries: readonly Entry[];
  readonly #redactions: Redactions;
  readonly #findings = new CheckFindings();
  readonly #paths = new Map<string, PathState>();
  #held: HeldChunk[] = [];
  #heldChars = 0;

  constructor(entries: readonly Entry[], redactions: Redactions) {
    this.#entries = entries;
    this.#redactions = redactions;
  }

  push(chunkId: number, parts: readonly ContentPart[]): StreamStep {
    if (this.#findings.denied) return { release: [], findings: [] };
    const pieces: HeldChunk['pieces'][number][] = [];
    for (const part of parts) {
      const state = this.#pathOf(part);
      pieces.push({ path: part.path, from: state.scan.length, text: part.text });
      state.held += part.text;
      this.#heldChars += part.text.length;
      this.#apply(part.path, state, state.scan.append(part.text, false));
    }
    this.#held.push({ chunkId, pieces });
    if (this.#heldChars > MAX_HELD_CHARS) this.#tooMuchHeld();
    return this.#step();
  }

  end(): StreamStep {
    if (this.#findings.denied) return { release: [], findings: [] };
    for (const [path, state] of this.#paths) this.#apply(path, state, state.scan.append('', true));
    return this.#step();
  }

  #pathOf(part: ContentPart): PathState {
    const known = this.#paths.get(part.path);
    if (known !== undefined) return known;
    if (this.#paths.size >= MAX_PATHS) throw new ReeveError('fail_closed', `a stream has more than ${MAX_PATHS} parts`);
    const scan = new PathScan(scannersOf(this.#entries), isJson(part));
    const state = { scan, redacted: new RedactedText(), held: '', heldFrom: 0 };
    this.#paths.set(part.path, state);
    return state;
  }

  #apply(path: string, state: PathState, hits: readonly Hit[]): void {
    const { redacted } = state;
    for (const hit of hits) {
      // The first denial ends the stream: what comes after it in the text must not show in the findings.
      if (this.#findings.denied) return;
      applyHit({
        hit,
        entries: this.#entries,
        path,
        findings: this.#findings,
        redacted,
        redactions: this.#redactions,
        textOf: (from, to) => state.held.slice(from - state.heldFrom, to - state.heldFrom),
      });
    }
  }

  #step(): StreamStep {
    return { release: this.#findings.stopped ? [] : this.#release(), findings: this.#findings.take() };
  }

  #release(): StreamStep['release'] {
    const released: { chunkId: number; edits: readonly ContentEdit[] }[] = [];
    let count = 0;
    for (const chunk of this.#held) {
      if (!chunk.pieces.every((piece) => this.#mayGo(piece.path, piece.from + piece.text.length))) break;
      released.push({ chunkId: chunk.chunkId, edits: this.#editsOf(chunk) });
      count++;
    }
    if (count > 0) this.#held.splice(0, count);
    return released;
  }

  #mayGo(path: string, to: number): boolean {
    const state = this.#paths.get(path);
    return state !== undefined && to <= state.redacted.limit(state.scan.horizon);
  }

  #editsOf(chunk: HeldChunk): readonly ContentEdit[] {
    const edits: ContentEdit[] = [];
    for (const { path, from, text } of chunk.pieces) {
      const state = this.#paths.get(path);
      if (state === undefined) continue;
      const edited = state.redacted.piece(from, text);
      if (edited !== undefined) edits.push({ path, text: edited });
      state.held = state.held.slice(from + text.length - state.heldFrom);
      state.heldFrom = from + text.length;
      this.#heldChars -= text.length;
    }
    return edits;
  }

  #tooMuchHeld(): void {
    const entry = this.#entries[0];
    const path = this.#held[0]?.pieces[0]?.path ?? 'the stream';
    if (entry === undefined) return;
    const why = `more than ${MAX_HELD_CHARS} characters would have to be held back`;
    this.#findings.failed({ ...entry, action: 'deny' }, why, path, 'guardrail_blocked');
  }
}
