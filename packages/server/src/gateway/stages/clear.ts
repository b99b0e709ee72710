import type { Finding, Outcome } from '@reeve/contracts';
import { type Clearance, callDigest } from '../../approvals/index.ts';
import type { Passage } from '../passage.ts';
import { beginOnce } from './begin-once.ts';
import { heldFacts } from './facts.ts';
import type { StageParts } from './stage.ts';

type ClearParts = Pick<StageParts, 'approvals' | 'idempotency'>;

/** What somebody holds waits for people, unless they let this very call pass. What somebody denies is not theirs to give. */
export function clear(passage: Passage, parts: ClearParts): Outcome | undefined | Promise<undefined> {
  const { findings, recalled, action } = passage;
  const held = findings.some((finding) => finding.verdict === 'hold');
  if ((!held && recalled === undefined) || findings.some((finding) => finding.verdict === 'deny')) return undefined;
  if (action.idempotencyKey === undefined || action.dryRun === true) return ask(passage, parts);
  return beginOnce(passage, parts).then(() => {
    const { repeated } = passage;
    if (repeated === undefined) return ask(passage, parts);
    // Nothing will be executed: people let the first call pass, and this one only hears again what came of it.
    release(passage, repeated.action);
    return undefined;
  });
}

function ask(passage: Passage, { approvals }: Pick<ClearParts, 'approvals'>): undefined | Promise<undefined> {
  const { findings, recalled, risk } = passage;
  const facts = heldFacts(passage);
  const argsDigest = callDigest(facts.target, facts.args);
  const clearance = approvals.clear({ ...facts, argsDigest, findings, risk }, recalled);
  if (clearance instanceof Promise) return clearance.then((late) => taken(passage, late));
  return taken(passage, clearance);
}

function taken(passage: Passage, clearance: Clearance): undefined {
  passage.clearance = clearance;
  if (clearance.kind === 'released') release(passage, clearance.by);
  passage.findings.push(clearance.finding);
}

function release({ findings }: Passage, by: string): void {
  findings.splice(0, Infinity, ...findings.map((finding) => released(finding, by)));
}

function released(finding: Finding, by: string): Finding {
  return finding.verdict === 'hold' ? { ...finding, verdict: 'allow', releasedBy: by } : finding;
}
