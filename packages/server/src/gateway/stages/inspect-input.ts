import type { Finding, Outcome } from '@reeve/contracts';
import { must } from '../../lib/index.ts';
import type { Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

/** Is it well-formed, and its content fit to pass? The schema speaks before anything else sees the arguments. */
export async function inspectInput(
  passage: Passage,
  parts: Pick<StageParts, 'guardrails'>,
): Promise<Outcome | undefined> {
  const target = must(passage.target, 'target');
  const { operation } = passage.action;
  const wrong = operation.check(target);
  if (wrong !== undefined) {
    return passage.refuse('invalid', { by: 'schema', verdict: 'deny', code: 'invalid_arguments', message: wrong });
  }
  const identity = must(passage.identity, 'identity');
  const checker = parts.guardrails.checker(
    identity.workspace,
    identity.agent,
    target.kind === 'tool' ? 'arguments' : 'input',
  );
  if (checker === undefined) return undefined;
  const { findings, edits } = await checker.inspect(operation.parts());
  passage.findings.push(...findings);
  if (findings.some((finding: Finding) => finding.verdict === 'deny' || finding.verdict === 'hold')) return undefined;
  if (edits.length === 0) return undefined;
  await operation.rewrite(edits);
  const unfit = operation.check(target);
  return unfit === undefined ? undefined : passage.refuse('blocked', blockedBy(unfit));
}

/** What is left after a redaction must still be the call that the agent proposed, and fit its schema. */
function blockedBy(unfit: string): Finding {
  return {
    by: 'guardrail',
    verdict: 'deny',
    code: 'guardrail_blocked',
    message: `after redaction the call cannot be made: ${unfit}`,
  };
}
