import type { CheckFindings, Entry } from './check-findings.ts';
import type { ContentPart } from './content.ts';
import type { Hit } from './path-scan.ts';
import type { RedactedText } from './redacted-text.ts';
import type { Redactions } from './redactions.ts';
import type { Scanner } from './scanner.ts';

interface AppliedHit {
  readonly hit: Hit;
  readonly entries: readonly Entry[];
  readonly path: string;
  readonly findings: CheckFindings;
  readonly redacted: RedactedText;
  readonly redactions: Redactions;
  readonly textOf: (from: number, to: number) => string;
}

/** What a hit means: a finding, and a hole where the check redacts. */
export function applyHit({ hit, entries, path, findings, redacted, redactions, textOf }: AppliedHit): void {
  const entry = entries[hit.scanner];
  if (entry === undefined) return;
  if (hit.failure !== undefined) {
    findings.failed(entry, hit.failure, path, 'fail_closed');
    return;
  }
  findings.found(entry, hit.what, path);
  if (entry.action !== 'redact') return;
  redacted.cut(hit.start, hit.end, () =>
    hit.noun === '' ? '' : redactions.placeholder(hit.noun, textOf(hit.start, hit.end)),
  );
}

/** Arguments may be JSON text, in which `\u0040` is an @. */
export function isJson(part: ContentPart): boolean {
  return part.role === 'arguments';
}

const scannersByEntries = new WeakMap<readonly Entry[], readonly Scanner[]>();

export function scannersOf(entries: readonly Entry[]): readonly Scanner[] {
  let scanners = scannersByEntries.get(entries);
  if (scanners === undefined) {
    scanners = entries.map((entry) => entry.scanner);
    scannersByEntries.set(entries, scanners);
  }
  return scanners;
}
