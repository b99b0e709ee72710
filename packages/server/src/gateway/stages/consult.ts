import type { Outcome } from '@reeve/contracts';
import type { Passage } from '../passage.ts';

/** What does a second opinion say? Asked only where the rules want one and nothing refuses already. */
export function consult(passage: Passage): Outcome | undefined | Promise<undefined> {
  const ask = passage.assessment?.consult;
  if (ask === undefined || passage.action.dryRun === true) return undefined;
  if (passage.findings.some((finding) => finding.verdict === 'deny')) return undefined;
  return ask(passage.action.callerGone).then((findings) => {
    passage.findings.push(...findings);
    return undefined;
  });
}
