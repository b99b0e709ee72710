import type { Effect } from '@reeve/contracts';
import { addressKind } from './call-values.ts';
import { evidenceOf } from './evidence.ts';
import type { Objection } from './judge.ts';
import { closerOrder, orderedDeed, orderInContent, unaskedLook } from './order-rules.ts';
import type { Origin } from './origin.ts';
import { namesAddress } from './other-values.ts';
import { fits } from './sentence.ts';
import { DECIDES, type Rule, type Weighed } from './weighed.ts';

/** In the order in which they are asked. */
export const RULES: readonly Rule[] = [
  tooManyValues,
  addressedContent,
  orderInContent,
  closerOrder,
  unaskedLook,
  orderedDeed,
  unaskedEffect,
  unknownDestination,
  otherDestination,
  noRequest,
  privateOutward,
  letGo,
];

function tooManyValues({ complete }: Weighed): Objection | undefined {
  if (complete) return undefined;
  return {
    rule: 'too-many-values',
    message: 'it has more arguments than can be traced to their origin',
    evidence: [],
  };
}

/** A value from text that speaks to the assistant. */
function addressedContent({ origins }: Weighed): Objection | undefined {
  const bad = origins.filter((origin) => !origin.requested && origin.addressed !== undefined && isTelling(origin));
  if (bad.length === 0) return undefined;
  return {
    rule: 'addressed-content',
    message: 'values of this call come from content that addresses the assistant instead of informing the person',
    evidence: evidenceOf(bad, (origin) => origin.addressed),
  };
}

const MIN_TELLING = 4;
const MIN_TELLING_CONTENT = 8;

/** Short words and numbers stand in any text by chance, unless they decide something. */
function isTelling({ value, trusted, commanded, plain }: Origin): boolean {
  if (value.role === 'amount') return commanded && !trusted && plain.length === 0;
  if (value.role === 'detail') return false;
  const { length } = value.raw.trim();
  return value.role === 'content' ? length >= MIN_TELLING_CONTENT : !trusted || length >= MIN_TELLING;
}

const ACTS: ReadonlySet<Effect> = new Set(['send', 'pay', 'delete', 'grant', 'deploy', 'execute', 'export']);

/** Nobody asked for such a call, and content has been read that may have. */
function unaskedEffect({ asked, effect, declared, origins, known, deeds }: Weighed): Objection | undefined {
  if (asked !== 'unasked') return undefined;
  const foreign = origins.filter((origin) => DECIDES.has(origin.value.role) && !origin.requested && !origin.trusted);
  const ordered = known.sources.some(({ pieces }) =>
    pieces.some(({ orders }) => orders.some((order) => fits(order, deeds))),
  );
  if (foreign.length === 0 && !ordered && declared && !ACTS.has(effect)) return undefined;
  return {
    rule: 'unasked-effect',
    message: 'the request asks for nothing like this, and content from outside has been read',
    evidence: evidenceOf(foreign, (origin) => origin.ordered ?? origin.plain[0]),
  };
}

/** An address that nobody named: it was guessed, put together or decoded. */
function unknownDestination({ origins, deeds, private: carries }: Weighed): Objection | undefined {
  // Agents try addresses that they know of; with private data in hand that may carry it out.
  if (deeds.looks && !carries) return undefined;
  const bad = origins.filter((origin) => isAddressed(origin) && !isSeen(origin));
  if (bad.length === 0) return undefined;
  return {
    rule: 'unknown-destination',
    message: 'neither the request nor any result names this destination as it stands here',
    evidence: evidenceOf(bad, () => undefined),
  };
}

/** The request names a destination of this kind, and the call goes to others only. */
function otherDestination(weighed: Weighed): Objection | undefined {
  const { origins, deeds } = weighed;
  if (deeds.looks) return undefined;
  const goals = origins.filter(isAddressed);
  if (goals.length === 0 || goals.some(({ requested, trusted }) => requested || trusted)) return undefined;
  if (!goals.some(({ value }) => namesAddress(value, weighed))) return undefined;
  return {
    rule: 'other-destination',
    message: 'the request names a destination of this kind, and the call goes to another that content brought',
    evidence: evidenceOf(goals, (origin) => origin.plain[0]),
  };
}

/** Nobody is known to have asked for anything: then what content brought must not decide. */
function noRequest({ asked, origins, effect }: Weighed): Objection | undefined {
  if (asked !== 'unknown' || effect === 'read') return undefined;
  const bad = origins.filter(
    (origin) => DECIDES.has(origin.value.role) && !origin.requested && !origin.trusted && isSeen(origin),
  );
  if (bad.length === 0) return undefined;
  return {
    rule: 'no-request',
    message: 'content decides this call, and no request of a person is known in this run',
    evidence: evidenceOf(bad, (origin) => origin.ordered ?? origin.plain[0]),
  };
}

/** Private data, content from outside and a way out together: then an address from content must be one that the person pointed at. */
function privateOutward(weighed: Weighed): Objection | undefined {
  const { origins, effect, deeds, pointed, partial } = weighed;
  if (!(weighed.private || partial) || deeds.looks || effect === 'delete') return undefined;
  const bad = origins.filter(
    (origin) =>
      isAddressed(origin) &&
      !origin.requested &&
      !origin.trusted &&
      !origin.plain.some(pointed) &&
      !(origin.ordered !== undefined && pointed(origin.ordered)),
  );
  if (bad.length === 0) return undefined;
  return {
    rule: 'private-outward',
    message: 'the run holds private data and content from outside, and the person did not point at this destination',
    evidence: evidenceOf(bad, (origin) => origin.plain[0]),
  };
}

/** Content was let go for want of room: what the rest does not show may have come from it. */
function letGo({ partial, origins, effect }: Weighed): Objection | undefined {
  if (!partial || effect === 'read') return undefined;
  const bad = origins.filter((origin) => DECIDES.has(origin.value.role) && !isSeen(origin));
  if (bad.length === 0) return undefined;
  return {
    rule: 'content-let-go',
    message: 'this run read more than is kept, and what is kept does not show where a value came from',
    evidence: evidenceOf(bad, () => undefined),
  };
}

function isAddressed({ value }: Origin): boolean {
  return value.role === 'destination' && addressKind(value.raw) !== undefined;
}

function isSeen({ requested, trusted, addressed, ordered, plain }: Origin): boolean {
  return requested || trusted || addressed !== undefined || ordered !== undefined || plain.length > 0;
}
