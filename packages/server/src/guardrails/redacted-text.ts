interface Hole {
  readonly start: number;
  end: number;
  readonly replacement: string;
}

/** Where one path's text is replaced. Overlapping holes become one, with the placeholder of the first. */
export class RedactedText {
  #holes: Hole[] = [];

  /** Holes arrive in the order of their start. */
  cut(start: number, end: number, replacement: () => string): void {
    const last = this.#holes.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else this.#holes.push({ start, end, replacement: replacement() });
  }

  /** How far text may go on, given that everything before `horizon` is decided. */
  limit(horizon: number): number {
    const last = this.#holes.at(-1);
    return last !== undefined && last.end > horizon ? Math.min(last.start, horizon) : horizon;
  }

  /** The piece of text that stands at `from`, with its holes; undefined where it stays as it is. Pieces come in order. */
  piece(from: number, text: string): string | undefined {
    const to = from + text.length;
    while (this.#holes[0] !== undefined && this.#holes[0].end <= from) this.#holes.shift();
    let out = '';
    let at = from;
    let changed = false;
    for (const hole of this.#holes) {
      if (hole.start >= to) break;
      changed = true;
      if (hole.start >= from) out += text.slice(at - from, hole.start - from) + hole.replacement;
      at = Math.min(to, hole.end);
    }
    return changed ? out + text.slice(at - from) : undefined;
  }
}
