import type { Finding, Outcome } from '@reeve/contracts';
import { type Clearance, callDigest } from '../../approvals/index.ts';
import type { Passage } from '../passage.ts';
import { flowFacts, heldFacts } from './facts.ts';
import type { StageParts } from './stage.ts';

type ClearParts = Pick<StageParts, 'approvals' | 'flows'>;

/** What somebody holds waits for people, unless they let this very call pass. What somebody denies is not theirs to give. */
export function clear(passage: Passage, parts: ClearParts): Outcome | undefined | Promise<undefined> {
  const { findings, recalled } = passage;
  const held = findings.some((finding) => finding.verdict === 'hold');
  if ((!held && recalled === undefined) || findings.some((finding) => finding.verdict === 'deny')) return undefined;
  const facts = heldFacts(passage);
  const argsDigest = callDigest(facts.target, facts.args);
  const clearance = parts.approvals.clear({ ...facts, argsDigest, findings, risk: passage.risk }, recalled);
  if (clearance instanceof Promise) return clearance.then((late) => taken(passage, parts, late));
  return taken(passage, parts, clearance);
}

function taken(passage: Passage, { flows }: ClearParts, clearance: Clearance): undefined {
  passage.clearance = clearance;
  if (clearance.kind === 'released') {
    const released = passage.findings.filter((finding) => finding.verdict === 'hold');
    passage.findings.splice(0, Infinity, ...passage.findings.map((finding) => release(finding, clearance.by)));
    // What is only tried out was let pass by nobody.
    if (passage.action.dryRun !== true) flows.declassified(flowFacts(passage), released, clearance.by);
  }
  passage.findings.push(clearance.finding);
}

function release(finding: Finding, by: string): Finding {
  return finding.verdict === 'hold' ? { ...finding, verdict: 'allow', releasedBy: by } : finding;
}
