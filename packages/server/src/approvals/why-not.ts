import { ReeveError } from '../lib/index.ts';
import { ADMIN, type Approval, approversOf, type Decider, includesAddress } from './approval.ts';
import type { ApproverDirectory } from './deciding.ts';
import type { Decision } from './decision.ts';

interface Asked {
  readonly approval: Approval;
  readonly by: Decider;
  readonly decision: Decision;
  readonly people: ApproverDirectory;
  readonly isOver: boolean;
}

/** Why this person may not decide this, now: the first reason. */
export function whyNot({ approval, by, decision, people, isOver }: Asked): ReeveError | undefined {
  if (!mayDecide(approval, by, people))
    return new ReeveError('forbidden', `${by.name} is not among the approvers of ${approval.id}`);
  if (approval.state !== 'pending') return alreadyDecided(approval);
  if (isOver) return alreadyDecided({ ...approval, state: 'expired' });
  if (decision.verdict === 'deny') return undefined;
  if (includesAddress(approval.terms.separated, by.name))
    return new ReeveError(
      'forbidden',
      `${by.name} may not approve ${approval.id}: its agent's owner and sponsor, and whom it acts for, are kept apart from its approvers`,
    );
  if (decision.digest !== approval.argsDigest)
    return new ReeveError(
      'conflict',
      `the digest is not of what ${approval.id} would execute: read it again, and approve what it shows now`,
    );
  if (decision.args !== undefined && approval.effect === 'read')
    return new ReeveError('invalid_request', 'the arguments of a read cannot be edited; deny it with a reason');
  return undefined;
}

/** INVARIANT: total. Where approvers are named, being one of the workspace is not enough. */
export function mayDecide(
  approval: Pick<Approval, 'workspace' | 'terms' | 'escalated'>,
  by: Decider,
  people: ApproverDirectory,
): boolean {
  if (by.id === ADMIN.id) return true;
  const { workspace, terms, escalated } = approval;
  if (people.isRevoked(workspace, by.name)) return false;
  if (includesAddress(approversOf(approval), by.name)) return true;
  if (terms.approvers.length > 0) return false;
  const escalatedTo = terms.escalations.slice(0, escalated).flatMap(({ to }) => to);
  return includesAddress(escalatedTo, by.name) || people.isApprover(workspace, by.name);
}

export function noApproval(workspace: string, id: string): ReeveError {
  return new ReeveError('not_found', `there is no approval ${JSON.stringify(id)} in workspace ${workspace}`);
}

/** Says who was first. */
export function alreadyDecided(approval: Approval): ReeveError {
  const { id, state, votes, expiresAtMs } = approval;
  const last = votes.findLast(({ verdict }) => (state === 'denied') === (verdict === 'deny'));
  const who = last === undefined ? '' : ` by ${last.by.name} at ${new Date(last.atMs).toISOString()}`;
  const words: Partial<Record<Approval['state'], string>> = {
    approved: `was approved${who} already`,
    used: `was approved${who}, and was used`,
    denied: `was denied${who} already`,
    expired: `ran out at ${new Date(expiresAtMs).toISOString()}`,
    withdrawn: 'is void, because what people were asked about changed; when the agent calls again, they are asked anew',
  };
  return new ReeveError('conflict', `${id} ${words[state] ?? 'cannot be decided yet'}`);
}
