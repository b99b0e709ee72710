import type { Outcome } from '@reeve/contracts';
import { must } from '../../lib/index.ts';
import type { Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

/** **Should** it, now, given all else that has happened? */
export function assess(passage: Passage, parts: Pick<StageParts, 'risk' | 'flows'>): Outcome | undefined {
  const identity = must(passage.identity, 'identity');
  const target = must(passage.target, 'target');
  const facts = {
    workspace: identity.workspace,
    agent: identity.agent,
    run: must(passage.run, 'run').id,
    target: target.name,
    effect: target.effect,
    atMs: passage.action.receivedAtMs,
  };
  const { score, findings } = parts.risk.assess(facts);
  passage.risk = score;
  passage.findings.push(...findings, ...parts.flows.assess(facts));
  return undefined;
}
