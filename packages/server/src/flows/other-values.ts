import { addressesIn, addressKind, type CallValue } from './call-values.ts';
import { findWhole, normalise } from './normal-text.ts';
import type { Place } from './origin.ts';
import { outsideOrders } from './pointing.ts';
import type { Weighed } from './weighed.ts';

// Whether something else than the value of the call may have been meant: by the request, or by the piece that an order stands in.

const MAX_OTHERS = 20;

/** The piece or the request gives another value of the kind, so that pointing at the piece does not tell that this one is meant. */
export function givesOther(value: CallValue, place: Place, weighed: Weighed): boolean {
  return namesNumber(value, weighed) || hasOther(value, place, weighed);
}

/** Whatever asks for such a call names an address of the kind with it. To look something up need not be asked for. */
export function namesAddress(value: CallValue, { known, asking, deeds }: Weighed): boolean {
  const kind = addressKind(value.raw);
  const all = known.requests.flatMap(({ askings }) => askings);
  const relevant = asking.length === 0 && deeds.looks ? all.filter(({ addresses }) => addresses.length > 0) : asking;
  return (
    relevant.length > 0 && relevant.every(({ addresses }) => addresses.some((address) => addressKind(address) === kind))
  );
}

/** Beside the order the same piece gives another address of the kind: then pointing at the piece does not tell which one is meant. */
function hasOther(value: CallValue, place: Place, weighed: Weighed): boolean {
  const kind = addressKind(value.raw);
  const rest = besideOrder(place);
  if (kind === undefined) return value.role === 'identifier' && hasAlike(value, rest);
  if (isMeant(place, weighed)) return false;
  return addressesIn(rest.toUpperCase(), MAX_OTHERS).some(
    (address) => addressKind(address) === kind && normalise(address) !== normalise(value.raw),
  );
}

/** All that ask for such a call give a number for it, and the call has another. */
function namesNumber({ raw, role }: CallValue, { asking, origins }: Weighed): boolean {
  if (role !== 'identifier' || !/^\d{1,8}$/.test(raw)) return false;
  const given = new Set(origins.map(({ value }) => value.raw));
  return (
    asking.length > 0 &&
    asking.every(({ numbers }) => numbers.size > 0 && ![...numbers].some((number) => given.has(number)))
  );
}

/** The piece without the order that the place is in. */
function besideOrder({ source, piece, at }: Place): string {
  const order = piece.orders.find(({ start, end }) => at >= start && at < end);
  if (order === undefined) return source.text.slice(piece.start, piece.end);
  return `${source.text.slice(piece.start, order.start)} ${source.text.slice(order.end, piece.end)}`;
}

const NUMBERED = /^[a-z]{0,5}[-_#]?\d{2,10}$/;
const AFTER_ID = /(?:^|[\s_])(?:id|number|key|no): $/;

/** Another number of the same form: `p-610` beside an order that says `p-444`. One of digits alone only where it is called an id. */
function hasAlike({ raw }: CallValue, rest: string): boolean {
  const value = normalise(raw);
  if (!NUMBERED.test(value)) return false;
  const prefix = value.slice(0, value.search(/\d/));
  const digits = value.length - prefix.length;
  for (const { 0: found, index } of rest.matchAll(/[a-z]{0,5}[-_#]?\d{2,10}/g)) {
    if (found === value || found.length !== value.length || !found.startsWith(prefix)) continue;
    if (findWhole(rest, found, index) !== index || !/^\d+$/.test(found.slice(-digits))) continue;
    if (prefix !== '' || AFTER_ID.test(rest.slice(Math.max(0, index - 12), index))) return true;
  }
  return false;
}

/** A word of what asks stands in the order and not beside it: that one is meant. */
function isMeant({ source, at, piece }: Place, { asking }: Weighed): boolean {
  const order = piece.orders.find(({ start, end }) => at >= start && at < end);
  if (order === undefined) return false;
  const said = source.text.slice(order.start, order.end);
  const rest = outsideOrders(source, piece);
  return asking.some(({ topics }) =>
    [...topics].some((topic) => findWhole(said, topic) !== -1 && findWhole(rest, topic) === -1),
  );
}
