import type { Effect } from '@reeve/contracts';
import type { Asked } from './asked.ts';
import { addressesIn, addressKind, type CallValue, isAddress } from './call-values.ts';
import { evidenceOf } from './evidence.ts';
import type { Case, Objection } from './judge.ts';
import { MAX_QUOTED_CHARS } from './limits.ts';
import { findWhole, normalise } from './normal-text.ts';
import type { Origin, Place } from './origin.ts';
import { outsideOrders, type Pointing } from './pointing.ts';
import { fits } from './sentence.ts';

/** A case with the origin of its values. */
export interface Weighed extends Case, Asked, Pointing {
  readonly origins: readonly Origin[];
}

type Rule = (weighed: Weighed) => Objection | undefined;

/** In the order in which they are asked. */
export const RULES: readonly Rule[] = [
  tooManyValues,
  addressedContent,
  orderInContent,
  orderedDeed,
  unaskedEffect,
  unknownDestination,
  otherDestination,
  noRequest,
  privateOutward,
  letGo,
];

const MAX_OTHERS = 20;

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

const MIN_COPIED = 12;
const MIN_TELLING = 4;
const MIN_TELLING_CONTENT = 8;

/** Short words and numbers stand in any text by chance, unless they decide something. */
function isTelling({ value, trusted, commanded, plain }: Origin): boolean {
  if (value.role === 'amount') return commanded && !trusted && plain.length === 0;
  if (value.role === 'detail') return false;
  const { length } = value.raw.trim();
  return value.role === 'content' ? length >= MIN_TELLING_CONTENT : !trusted || length >= MIN_TELLING;
}

/** A value from an order in content that asks for such a call, where the person asked for none or pointed elsewhere. */
function orderInContent(weighed: Weighed): Objection | undefined {
  const bad = weighed.origins.filter((origin) => isOrdered(origin, weighed));
  if (bad.length === 0) return undefined;
  return {
    rule: 'order-in-content',
    message: 'values of this call come from an order in content that the person did not point at',
    evidence: evidenceOf(bad, (origin) => origin.ordered),
  };
}

function isOrdered({ value, requested, ordered }: Origin, weighed: Weighed): boolean {
  if (requested || ordered === undefined || value.role === 'detail' || value.role === 'amount') return false;
  // Few words are found in any text.
  if (value.role === 'content' && !isAddress(value.raw) && value.raw.trim().length < MIN_COPIED) return false;
  const { asked, named, led, followed } = weighed;
  // Who lets content instruct the agent has not let it name accounts and passwords.
  if (asked === 'delegated') return !followed(ordered) || value.role === 'secret' || isAddress(value.raw);
  if (asked !== 'asked') return true;
  if (weighed.deeds.looks) return !named(ordered) || namesAddress(value, weighed);
  return !led(ordered) || hasOther(value, ordered) || ignoresNames(ordered, weighed);
}

/** Whatever asks for such a call names something, and neither the call nor the order nor what led to it has to do with that. */
function ignoresNames({ source, at, piece }: Place, { asking, origins }: Weighed): boolean {
  const order = piece.orders.find(({ start, end }) => at >= start && at < end);
  const said = normalise(
    [source.text.slice(order?.start ?? at, order?.end ?? at), ...origins.map(({ value }) => value.raw)].join(' '),
  );
  const args = source.args.join(' ');
  return asking.every(({ names, numbers }) =>
    [...names, ...numbers].some(
      (name) => findWhole(said, name) === -1 && (isWord(name) || findWhole(args, name) === -1),
    ),
  );
}

/** A word may stand in any address; a file name or quote stands in an argument only where it is meant. */
function isWord(name: string): boolean {
  return !/[^\p{L}]/u.test(name);
}

/** Beside the order the same piece gives another address of the kind: then pointing at the piece does not tell which one is meant. */
function hasOther(value: CallValue, { source, piece }: Place): boolean {
  const kind = addressKind(value.raw);
  if (kind === undefined) return false;
  return addressesIn(outsideOrders(source, piece).toUpperCase(), MAX_OTHERS).some(
    (address) => addressKind(address) === kind && normalise(address) !== normalise(value.raw),
  );
}

/** Content orders such a call, and of the request only the subject fits: whatever the values are, the idea is not the person's. */
function orderedDeed({ asked, loosely, effect, origins, known, deeds, followed }: Weighed): Objection | undefined {
  if (!loosely || effect === 'read') return undefined;
  // Who names a value, or lets content instruct the agent, need not use the verb; but not for content that addresses the assistant.
  const lenient = asked === 'delegated' || origins.some(({ value, requested }) => requested && DECIDES.has(value.role));
  for (const source of known.sources) {
    for (const piece of source.pieces) {
      if (!piece.addressed && lenient) continue;
      const order = piece.orders.find((one) => fits(one, deeds));
      if (order === undefined || followed({ source, piece, at: order.start })) continue;
      const excerpt = source.text.slice(order.start, order.start + MAX_QUOTED_CHARS);
      const from = source.action === undefined ? {} : { sourceAction: source.action };
      return {
        rule: 'ordered-deed',
        message: 'content orders such a call, and the request does not ask for it',
        evidence: [{ path: 'args', value: '', source: source.name, ...from, excerpt }],
      };
    }
  }
  return undefined;
}

const ACTS: ReadonlySet<Effect> = new Set(['send', 'pay', 'delete', 'grant', 'deploy', 'execute', 'export']);
const DECIDES: ReadonlySet<string> = new Set(['destination', 'identifier', 'secret']);

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

/** Whatever asks for such a call names an address of the kind with it. To look something up need not be asked for. */
function namesAddress(value: CallValue, { known, asking, deeds }: Weighed): boolean {
  const kind = addressKind(value.raw);
  const all = known.requests.flatMap(({ askings }) => askings);
  const relevant = asking.length === 0 && deeds.looks ? all.filter(({ addresses }) => addresses.length > 0) : asking;
  return (
    relevant.length > 0 && relevant.every(({ addresses }) => addresses.some((address) => addressKind(address) === kind))
  );
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
