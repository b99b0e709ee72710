import { type Approvals, approvalsSchema } from '@reeve/contracts';
import { newId } from '../../../lib/index.ts';
import type { Fleet } from '../../../registry/index.ts';
import type { Approval } from '../../approval.ts';
import type { ApprovalContent } from '../../approval-content.ts';
import type { ShownApproval } from '../channel.ts';

export const WORKSPACE = 'default';

/** What a hostile agent would write everywhere it can. */
export const HOSTILE =
  '<!channel> <@U1> *bold* <https://evil.example.com|ok> "><script>alert(1)</script> \u202eevil\u200b @here [x](https://evil.example.com)';

export function makeApproval(more: Partial<Approval> = {}): Approval {
  const requestedAtMs = Date.now();
  return {
    id: newId('approval'),
    workspace: WORKSPACE,
    agent: 'refund',
    target: 'stripe.refund',
    effect: 'pay',
    digest: 'a'.repeat(64),
    argsDigest: 'b'.repeat(64),
    fleetVersion: 'sha256:0',
    action: newId('action'),
    run: newId('run'),
    root: newId('run'),
    risk: 72,
    amount: 1200,
    terms: { objects: ['money'], quorum: 1, approvers: [], separated: [], escalations: [], batchMs: 0, holds: [] },
    requestedAtMs,
    expiresAtMs: requestedAtMs + 3_600_000,
    state: 'pending',
    requests: 1,
    uses: 1,
    used: 0,
    content: newId('payload'),
    edited: false,
    decidedAtMs: undefined,
    reason: undefined,
    votes: [],
    escalated: 0,
    ...more,
  };
}

export const CONTENT: ApprovalContent = {
  args: { charge: 'ch_1', amount_cents: 120_000, note: HOSTILE, [HOSTILE]: 'x' },
  findings: [
    {
      by: 'flow',
      verdict: 'hold',
      message: `the amount came from a web page: ${HOSTILE}`,
      evidence: [{ path: 'args.amount_cents', value: HOSTILE, source: 'web.fetch', excerpt: HOSTILE }],
    },
    { by: 'risk', verdict: 'allow', message: 'a charge that is new', score: 40 },
  ],
  reversible: 'irreversible',
  amount: 1200,
  subject: 'ch_1',
  reason: HOSTILE,
};

export function shownApproval(more: Partial<Approval> = {}, content: ApprovalContent | undefined = CONTENT): ShownApproval {
  return { approval: makeApproval(more), content, purpose: 'Refund faulty charges', owner: 'maya@example.com' };
}

/** A fleet as far as channels look at it. */
export function fleetWith(channels: readonly unknown[], name = 'money'): Fleet {
  const object: Approvals = approvalsSchema.parse({ kind: 'Approvals', name, channels });
  return { workspace: WORKSPACE, approvals: new Map([[name, object]]), secrets: new Map() } as unknown as Fleet;
}
