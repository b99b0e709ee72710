import { durationMs, type Finding } from '@reeve/contracts';
import type { EntryBody } from '@reeve/ledger';
import type { PayloadStore } from '../audit/index.ts';
import { newId } from '../lib/index.ts';
import type { Fleet } from '../registry/index.ts';
import type { Statement } from '../storage/index.ts';
import type { Approval, ApprovalTerms } from './approval.ts';
import type { ApprovalBook } from './approval-book.ts';
import { contentBytes, contentOf, holdKeys } from './approval-content.ts';
import type { HeldAction } from './approval-desk.ts';
import type { ApprovalRule } from './approval-rules.ts';
import { insertApproval } from './approval-store.ts';

const MAX_PENDING_PER_AGENT = 100;
const MAX_PENDING_PER_WORKSPACE = 1_000;
/** Those too that were decided and still count. */
const MAX_LIVE_PER_WORKSPACE = 10_000;
/** As much as the payload store keeps: what people cannot see they cannot approve. */
const MAX_CONTENT_BYTES = 256 * 1024;

export interface OpenApprovalParts {
  readonly book: ApprovalBook;
  readonly payloads: Pick<PayloadStore, 'keep'>;
  readonly ruleOf: (held: HeldAction) => ApprovalRule;
  readonly fleetOf: (workspace: string) => Fleet | undefined;
  readonly now: () => number;
}

type Opened =
  | { readonly approval: Approval; readonly statements: readonly Statement[]; readonly entries: readonly EntryBody[] }
  | { readonly refusal: Finding };

/** Makes a question of a held call. */
export class OpenApproval {
  readonly #parts: OpenApprovalParts;

  constructor(parts: OpenApprovalParts) {
    this.#parts = parts;
  }

  /** @param edited whether `held` has other arguments than its caller proposed */
  open(held: HeldAction, edited: boolean): Opened {
    const full = this.#fullness(held);
    if (full !== undefined) return { refusal: refusal(full) };
    const bytes = contentBytes(contentOf(held));
    if (bytes.length > MAX_CONTENT_BYTES)
      return { refusal: refusal(`a person must approve this call, and it is too large to be shown to one`) };
    const rule = this.#parts.ruleOf(held);
    const nowMs = this.#parts.now();
    const kept = this.#parts.payloads.keep({
      workspace: held.workspace,
      action: held.action,
      part: 'request',
      bytes,
      keepUntilMs: Math.max(nowMs + rule.expiryMs, nowMs + this.#retentionMs(held.workspace)),
    });
    const approval = newApproval(held, rule, { nowMs, content: kept.id, edited });
    const { id: content, digest, size } = kept;
    return {
      approval,
      statements: [insertApproval(approval), kept.statement],
      entries: [requested(approval, { id: content, digest, size })],
    };
  }

  #retentionMs(workspace: string): number {
    return durationMs(this.#parts.fleetOf(workspace)?.settings.retention.payloads ?? '7d');
  }

  #fullness({ workspace, agent }: HeldAction): string | undefined {
    const { pendingOfAgent, pending, live } = this.#parts.book.load(workspace, agent.name);
    if (pendingOfAgent >= MAX_PENDING_PER_AGENT)
      return `${MAX_PENDING_PER_AGENT} calls of ${agent.name} wait for people already, and no more may; call again when some are decided`;
    if (pending >= MAX_PENDING_PER_WORKSPACE || live >= MAX_LIVE_PER_WORKSPACE)
      return 'too many calls wait for people in this workspace already; call again when some are decided';
    return undefined;
  }
}

function refusal(message: string): Finding {
  return { by: 'approval', verdict: 'deny', code: 'approval_required', message };
}

function newApproval(
  held: HeldAction,
  rule: ApprovalRule,
  { nowMs, content, edited }: { nowMs: number; content: Approval['content']; edited: boolean },
): Approval {
  const { workspace, agent, target, effect, digest, argsDigest, fleetVersion, action, run, root, risk, amount } = held;
  return {
    ...{ id: newId('approval', nowMs), workspace, agent: agent.name, target, effect, digest, argsDigest, fleetVersion },
    ...{ action, run, root, risk, amount },
    terms: termsOf(held, rule, nowMs),
    requestedAtMs: nowMs,
    expiresAtMs: nowMs + rule.expiryMs,
    state: 'pending',
    requests: 1,
    uses: 1,
    used: 0,
    content,
    edited,
    decidedAtMs: undefined,
    reason: undefined,
    votes: [],
    escalated: 0,
  };
}

function termsOf(held: HeldAction, rule: ApprovalRule, nowMs: number): ApprovalTerms {
  return {
    objects: rule.objects,
    quorum: rule.quorum,
    approvers: rule.approvers,
    separated: separatedFrom(held, rule),
    escalations: rule.escalate.map(({ afterMs, to }) => ({ atMs: nowMs + afterMs, to })),
    batchMs: rule.batchMs,
    holds: holdKeys(held.findings),
  };
}

/** Who has a part in the action: who answers for the agent, and whom the run acts for. */
export function separatedFrom(
  { agent, user }: Pick<HeldAction, 'agent' | 'user'>,
  rule: ApprovalRule,
): readonly string[] {
  if (!rule.separation) return [];
  return [agent.owner, agent.sponsor, user].filter((one) => one !== undefined);
}

function requested(approval: Approval, content: { id: string; digest: string; size: number }): EntryBody {
  const { workspace, id, agent, target, action, run, fleetVersion, terms, expiresAtMs } = approval;
  const facts = { workspace, approval: id, agent, target, action, run, content };
  return { event: 'approval.requested', ...facts, fleet: fleetVersion, quorum: terms.quorum, expiresAtMs };
}
