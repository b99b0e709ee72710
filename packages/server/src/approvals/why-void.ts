import type { Approval } from './approval.ts';
import { holdKeys } from './approval-content.ts';
import type { HeldAction } from './approval-desk.ts';

/** Why what people said, or are about to say, does not hold for this call any more: they saw something else. */
export function whyVoid(approval: Approval, held: HeldAction): string | undefined {
  if (approval.fleetVersion !== held.fleetVersion) return 'the fleet changed since it was asked';
  if (approval.argsDigest !== held.argsDigest) return 'what would be executed now is not what people were shown';
  const unseen = holdKeys(held.findings).some((key) => !approval.terms.holds.includes(key));
  return unseen ? 'it is held now for a reason that people were not shown' : undefined;
}
