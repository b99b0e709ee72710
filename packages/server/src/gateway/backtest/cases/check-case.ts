import type { Decision, PolicyTestCase, Verdict } from '@reeve/contracts';
import { decidingFindings, decidingRules } from '../deciding-rules.ts';

/** What was decided, as a case may expect it. */
export interface CaseVerdict {
  readonly verdict: Verdict;
  /** Policies and rules that decided. */
  readonly rules: readonly string[];
  readonly risk: number;
  readonly waitsFor: string | undefined;
  /** What the caller is told; undefined where it passes. */
  readonly message: string | undefined;
  /** What policies and rules in dry-run would have made of it; undefined where they change nothing. */
  readonly wouldBe: Verdict | undefined;
}

export function verdictOf(decision: Decision): CaseVerdict {
  const deciding = decidingFindings(decision);
  return {
    verdict: decision.verdict,
    rules: decidingRules(decision),
    risk: decision.risk ?? 0,
    waitsFor: deciding.find(({ waitsFor }) => waitsFor !== undefined)?.waitsFor,
    message: decision.verdict === 'allow' ? undefined : deciding[0]?.message,
    wouldBe: decision.findings.find(({ wouldBe }) => wouldBe !== undefined)?.wouldBe,
  };
}

/** How the verdict differs from what is expected, in words; undefined where it does not. */
export function mismatch(expected: PolicyTestCase, got: CaseVerdict): string | undefined {
  const by = got.rules.length === 0 ? '' : ` by ${got.rules.join(', ')}`;
  if (expected.expect !== got.verdict) {
    const told = got.message === undefined ? '' : ` (${got.message})`;
    return `expected ${expected.expect}, got ${got.verdict}${by}${told}`;
  }
  const missing = [expected.rule ?? []].flat().filter((rule) => !got.rules.includes(rule));
  if (missing.length > 0) return `expected ${expected.expect} by ${missing.join(', ')}, got it${by || ' by no rule'}`;
  if (expected.waitsFor !== undefined && expected.waitsFor !== got.waitsFor)
    return `expected it to wait for ${expected.waitsFor}, but it waits for ${got.waitsFor ?? 'nothing'}`;
  if (expected.message !== undefined && got.message?.includes(expected.message) !== true)
    return `expected the caller to be told "${expected.message}", but it is told "${got.message ?? ''}"`;
  if (expected.wouldBe !== undefined && expected.wouldBe !== (got.wouldBe ?? got.verdict))
    return `expected that dry-run would ${expected.wouldBe} it, but it would ${got.wouldBe ?? 'change nothing'}`;
  return undefined;
}
