import type { Finding } from '@reeve/contracts';
import type { Speech } from '../rules/compiled-rules.ts';

/** Something that a rule or sequence said of an action. */
export interface Spoken {
  readonly speech: Speech;
  /** `say`, and of a sequence the earlier actions. */
  readonly words: string;
}

/** Somebody could not tell. */
export interface Untold {
  readonly ref: string;
  readonly why: string;
  readonly enforced: boolean;
}

const WOULD = { hold: 'would have been held', deny: 'would have been denied' } as const;

/** What speaks is on the record; what it does to the action is said apart from it, and to the caller without its words. */
export function findingOf({ speech, words }: Spoken): Finding {
  const { ref, score, verdict, enforced } = speech;
  if (enforced)
    return { by: 'risk', verdict: 'allow', rule: ref, message: words, ...(score === undefined ? {} : { score }) };
  const would = [
    ...(verdict === undefined ? [] : [WOULD[verdict]]),
    ...(score === undefined ? [] : [`would have added ${score}`]),
    ...(speech.stop === undefined ? [] : [`would have stopped the ${speech.stop}`]),
  ];
  const said = would.length === 0 ? '' : ` (${would.join(', ')})`;
  return { by: 'risk', verdict: 'allow', rule: ref, message: `dry-run: ${words}${said}` };
}

export function untoldFinding({ ref, why, enforced }: Untold): Finding {
  if (!enforced)
    return { by: 'risk', verdict: 'allow', rule: ref, message: `dry-run: would have been held, since ${why}` };
  return {
    by: 'risk',
    verdict: 'hold',
    code: 'approval_required',
    waitsFor: 'facts',
    rule: ref,
    message: `the risk of this call cannot be told: ${why}; call again with it, or ask a person to approve`,
  };
}

export function deciding(verdict: 'hold' | 'deny', rule: string): Finding {
  if (verdict === 'deny')
    return {
      by: 'risk',
      verdict,
      code: 'policy_denied',
      rule,
      message:
        'the risk of this call, given what happened before, is too high for anybody to approve it; do less, or talk to the owner of the agent',
    };
  return {
    by: 'risk',
    verdict,
    code: 'approval_required',
    waitsFor: 'person',
    rule,
    message: 'because of its risk, given what happened before, a person must approve this call',
  };
}
