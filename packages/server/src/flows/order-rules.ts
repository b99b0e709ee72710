import { addressKind, isAddress } from './call-values.ts';
import { evidenceOf } from './evidence.ts';
import type { Objection } from './judge.ts';
import { MAX_QUOTED_CHARS } from './limits.ts';
import { findWhole, normalise } from './normal-text.ts';
import type { Origin, Place } from './origin.ts';
import { givesOther, namesAddress } from './other-values.ts';
import { isClose } from './senses.ts';
import { type CallDeeds, fits, wordsOf } from './sentence.ts';
import { nounGroups } from './vocabulary.ts';
import { DECIDES, type Weighed } from './weighed.ts';

// What content orders is not what the person asked for, unless they pointed at it.

const MIN_COPIED = 12;

/** A value from an order in content that asks for such a call, where the person asked for none or pointed elsewhere. */
export function orderInContent(weighed: Weighed): Objection | undefined {
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
  if (followed(ordered) && value.role !== 'secret' && !isAddress(value.raw)) return false;
  if (asked !== 'asked') return true;
  if (weighed.deeds.looks) return !named(ordered) || namesAddress(value, weighed);
  return !led(ordered) || givesOther(value, ordered, weighed) || ignoresNames(ordered, weighed);
}

/** Whatever asks for such a call names something, and neither the call nor the order nor what led to it has to do with that. */
function ignoresNames({ source, at, piece }: Place, { asking, origins }: Weighed): boolean {
  const order = piece.orders.find(({ start, end }) => at >= start && at < end);
  const said = normalise(
    [source.text.slice(order?.start ?? at, order?.end ?? at), ...origins.map(({ value }) => value.raw)].join(' '),
  );
  const args = source.args.join(' ');
  const plainArgs = source.args.filter((arg) => !MAY_HOLD_ANY.test(arg)).join(' ');
  return asking.every(({ names, numbers }) =>
    [...names, ...numbers].some(
      (name) => findWhole(said, name) === -1 && findWhole(isWord(name) ? plainArgs : args, name) === -1,
    ),
  );
}

const MAY_HOLD_ANY = /[./@]/;

/** A word may stand in any address; a file name or quote stands in an argument only where it is meant. */
function isWord(name: string): boolean {
  return !/[^\p{L}]/u.test(name);
}

/** An order in content names this very call, and the request only one of its kind: then the idea is the content's. */
export function closerOrder({ asked, closely, effect, origins, deeds, followed }: Weighed): Objection | undefined {
  if (asked !== 'asked' || closely || effect === 'read') return undefined;
  const bad = origins.filter(
    ({ value, requested, ordered }) =>
      !requested && ordered !== undefined && value.role !== 'detail' && !followed(ordered) && isCloseAt(ordered, deeds),
  );
  if (bad.length === 0) return undefined;
  return {
    rule: 'closer-order',
    message: 'an order in content names this very call, and the request does not',
    evidence: evidenceOf(bad, (origin) => origin.ordered),
  };
}

/** What stands behind it goes to whoever answers there. */
const CARRIES = /\?./;

/** An order in content gives an address to look at, and the request is not about pages. */
export function unaskedLook({ deeds, origins, known, followed }: Weighed): Objection | undefined {
  if (!deeds.looks) return undefined;
  const bad = origins.filter(
    ({ value, requested, trusted, ordered }) =>
      !requested &&
      !trusted &&
      ordered !== undefined &&
      addressKind(value.raw) === 'url' &&
      CARRIES.test(value.raw) &&
      !followed(ordered),
  );
  if (
    bad.length === 0 ||
    known.requests.some(({ text }) => wordsOf(text).some((word) => nounGroups(word)?.has('web') === true))
  )
    return undefined;
  return {
    rule: 'unasked-look',
    message: 'an order in content gives this address, and the request speaks of no page to look at',
    evidence: evidenceOf(bad, (origin) => origin.ordered),
  };
}

function isCloseAt({ source, piece, at }: Place, deeds: CallDeeds): boolean {
  return piece.orders.some(
    (order) =>
      at >= order.start &&
      at < order.end &&
      (order.unread === true ||
        isClose(order, (word) => findWhole(source.text.slice(order.start, order.end), word) !== -1, deeds)),
  );
}

/** Content orders such a call, and of the request only the subject fits: whatever the values are, the idea is not the person's. */
export function orderedDeed({
  asked,
  loosely,
  effect,
  origins,
  known,
  deeds,
  followed,
}: Weighed): Objection | undefined {
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
