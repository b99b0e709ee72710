import { newId, ReeveError } from '../lib/index.ts';
import type { Approval, Decider } from './approval.ts';
import { parseContent } from './approval-content.ts';
import type { DecidingParts } from './deciding.ts';
import type { GrantMade, GrantWish } from './decision.ts';
import { digestAt, digestOf, type Grant, type GrantScope } from './grant.ts';

const MAX_GRANT_MS = 30 * 86_400_000;
const MAX_USES = 10_000;
const MAX_PATHS = 20;
const PATH = /^args(\.[A-Za-z0-9_-]+)+$/;

interface Surroundings extends Pick<DecidingParts, 'grants' | 'payloads'> {
  readonly approval: Approval;
  readonly by: Decider;
  readonly nowMs: number;
}

/** A standing approval for calls like this one, no wider than was asked for. */
export async function grantMade(
  wish: GrantWish,
  { approval, by, nowMs, grants, payloads }: Surroundings,
): Promise<GrantMade> {
  if (approval.terms.quorum > 1)
    throw new ReeveError(
      'forbidden',
      `${approval.terms.quorum} people must agree to each of these calls: one cannot grant them`,
    );
  if (!(wish.forMs > 0 && wish.forMs <= MAX_GRANT_MS)) throw invalid('a grant lasts at most 30 days');
  if (!(wish.maxUses >= 1 && wish.maxUses <= MAX_USES)) throw invalid(`a grant lets 1 to ${MAX_USES} calls pass`);
  const { amount } = approval;
  if (wish.maxAmount !== undefined && amount === undefined)
    throw invalid('this call has no amount, so a grant for calls like it has no highest one');
  const maxAmount = wish.maxAmount ?? amount;
  const { id, workspace, agent, target } = approval;
  const grant: Grant = {
    id: newId('grant', nowMs),
    ...{ workspace, agent, target, approval: id },
    scope: {
      ...(await argsScope(wish.args, approval, payloads)),
      ...{ maxAmount, effect: approval.effect, holds: approval.terms.holds, flow: wish.flow },
    },
    maxUses: wish.maxUses,
    untilMs: nowMs + wish.forMs,
    createdAtMs: nowMs,
    createdBy: by,
    used: 0,
    revokedAtMs: undefined,
  };
  return { id: grant.id, ...grants.creation(grant) };
}

async function argsScope(
  wish: GrantWish['args'],
  approval: Approval,
  payloads: Surroundings['payloads'],
): Promise<Pick<GrantScope, 'args' | 'argsDigest' | 'equal'>> {
  if (wish === 'any') return { args: 'any' };
  if (wish === 'same') return { args: 'same', argsDigest: approval.argsDigest };
  const entries = Object.entries(wish);
  if (entries.length === 0 || entries.length > MAX_PATHS) throw invalid(`name 1 to ${MAX_PATHS} arguments, or any`);
  const shown = await payloads.read(approval.workspace, approval.content);
  if (shown?.bytes === undefined) throw new ReeveError('conflict', `what ${approval.id} showed was erased`);
  const { args } = parseContent(shown.bytes);
  for (const [path, value] of entries) {
    if (!PATH.test(path)) throw invalid(`${JSON.stringify(path)} is not a path such as args.to`);
    // Else the grant would not cover the very call that it was made for, which nobody means.
    if (digestAt(args, path) !== digestOf(value))
      throw invalid(
        `${path} of this call is not what the grant names; a grant covers calls like the one that was asked about`,
      );
  }
  return { args: 'some', equal: Object.fromEntries(entries.map(([path, value]) => [path, digestOf(value)])) };
}

function invalid(message: string): ReeveError {
  return new ReeveError('invalid_request', message);
}
