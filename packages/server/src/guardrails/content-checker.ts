import { CheckFindings, type Entry } from './check-findings.ts';
import type { ContentEdit, ContentPart } from './content.ts';
import { ContentStream } from './content-stream.ts';
import { applyHit, isJson, scannersOf } from './hit.ts';
import type { Checker, Inspection, StreamInspector } from './inspection.ts';
import { PathScan } from './path-scan.ts';
import { RedactedText } from './redacted-text.ts';
import { Redactions } from './redactions.ts';

/** All checks of one agent at one place. Whole texts and streams go through the same scan, so that they cannot differ. */
export class ContentChecker implements Checker {
  readonly #entries: readonly Entry[];
  readonly #ofFragments: readonly Entry[];
  readonly #shortest: number;

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    this.#ofFragments = entries.filter(({ scanner }) => scanner.judgesForm !== true);
    this.#shortest = Math.min(...entries.map((entry) => entry.maxChars));
  }

  inspect(parts: readonly ContentPart[], redactions = new Redactions()): Inspection {
    const findings = new CheckFindings();
    const edits: ContentEdit[] = [];
    for (const part of parts) {
      const text = this.#inspectPart(part, findings, redactions);
      if (text !== undefined) edits.push({ path: part.path, text });
    }
    return { findings: findings.take(), edits };
  }

  stream(redactions = new Redactions()): StreamInspector {
    return new ContentStream(this.#entries, redactions);
  }

  #inspectPart(part: ContentPart, findings: CheckFindings, redactions: Redactions): string | undefined {
    if (part.text === '') return undefined;
    const all = part.fragment === true ? this.#ofFragments : this.#entries;
    const entries = part.text.length > this.#shortest ? withinLimits(all, part, findings) : all;
    const scan = new PathScan(scannersOf(entries), isJson(part));
    const redacted = new RedactedText();
    for (const hit of scan.append(part.text, true))
      applyHit({
        hit,
        entries,
        path: part.path,
        findings,
        redacted,
        redactions,
        textOf: (from, to) => part.text.slice(from, to),
      });
    return redacted.piece(0, part.text);
  }
}

function withinLimits(entries: readonly Entry[], part: ContentPart, findings: CheckFindings): readonly Entry[] {
  return entries.filter((entry) => {
    if (part.text.length <= entry.maxChars) return true;
    const why = `its text has ${part.text.length} characters, the limit is ${entry.maxChars}`;
    findings.failed(entry, why, part.path, 'guardrail_blocked');
    return false;
  });
}
