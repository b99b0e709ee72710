import { durationMs } from '@reeve/contracts';

export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function isoOrNull(atMs: number | null | undefined): string | null {
  return atMs === null || atMs === undefined ? null : iso(atMs);
}

/** An agent that was never reviewed has no date to be late for. */
export function isReviewOverdue(reviewedAt: string | null, every: string | null, nowMs: number): boolean {
  return reviewedAt !== null && every !== null && Date.parse(reviewedAt) + durationMs(every) < nowMs;
}
