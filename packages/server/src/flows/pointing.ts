import type { Asked } from './asked.ts';
import { findWhole } from './normal-text.ts';
import type { Known, Place } from './origin.ts';
import type { Request, RequestSentence } from './request.ts';
import { findIn, type Piece, type Source } from './source.ts';

/** Whether the person pointed at a piece of content. */
export interface Pointing {
  /** By what it was looked up with, by a word in it, or by a chain of such look-ups. */
  readonly pointed: (place: Place) => boolean;
  /** Without chains, and by name only: what must be done is not for content to point at. */
  readonly named: (place: Place) => boolean;
  /** What asks for such a call, or a sentence next to it, leads to the piece. */
  readonly led: (place: Place) => boolean;
  /** The person told the agent to do what this piece says. */
  readonly followed: (place: Place) => boolean;
}

export function pointingOf({ requests, operator, sources }: Known, { near }: Asked): Pointing {
  const direct = cached((source) =>
    source.args.some(
      (arg) =>
        findWhole(operator, arg) !== -1 ||
        requests.some(
          ({ text, names, topics }) => findWhole(text, arg) !== -1 || holdsAny(arg, names) || holdsAny(arg, topics),
        ),
    ),
  );
  const chained: (source: Source) => boolean = cached(
    (source) =>
      direct(source) ||
      source.args.some((arg) =>
        sources.some((other) => other !== source && findIn(other, arg) !== -1 && (other.trusted || chained(other))),
      ),
  );
  return {
    pointed: ({ source, piece }) => {
      const text = source.text.slice(piece.start, piece.end);
      return chained(source) || requests.some(({ names, topics }) => holdsAny(text, names) || holdsAny(text, topics));
    },
    named: ({ source, piece }) =>
      direct(source) || requests.some(({ names }) => holdsAny(outsideOrders(source, piece), names)),
    led: (place) => leadsTo(near, place),
    followed: (place) => requests.some((request) => isFollowed(place, request, chained)),
  };
}

function leadsTo(near: readonly RequestSentence[], { source, piece }: Place): boolean {
  const args = source.args.join(' ');
  const where = `${args} ${outsideOrders(source, piece)}`;
  return near.some(({ names, topics }) => holdsAny(where, names) || holdsAny(args, topics));
}

/** All that the delegating sentence names leads to the piece; where it names nothing, what the request names does, or the tool's name says it. */
function isFollowed(
  { source, piece }: Place,
  { askings, names }: Request,
  chained: (source: Source) => boolean,
): boolean {
  const where = `${source.args.join(' ')} ${outsideOrders(source, piece)}`;
  const tool = source.name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  return askings.some((asking) => {
    if (!asking.delegates) return false;
    // What was looked up under the very name that the sentence gives it needs no other.
    if (source.args.some((arg) => asking.names.has(arg) || asking.topics.has(arg))) return true;
    if (asking.names.size === 0) return holdsAny(where, names) || (chained(source) && holdsAny(tool, asking.topics));
    return [...asking.names].every((name) => findWhole(where, name) !== -1);
  });
}

export function outsideOrders({ text }: Source, { start, end, orders }: Piece): string {
  let rest = '';
  let from = start;
  for (const order of orders) {
    rest += text.slice(from, Math.max(from, order.start));
    from = Math.max(from, order.end);
  }
  return rest + text.slice(from, end);
}

function holdsAny(text: string, words: ReadonlySet<string>): boolean {
  for (const word of words) if (findWhole(text, word) !== -1) return true;
  return false;
}

/** Asked once per source; while it is being asked, as a circle of look-ups does, the answer is no. */
function cached(ask: (source: Source) => boolean): (source: Source) => boolean {
  const answers = new Map<Source, boolean>();
  return (source) => {
    const known = answers.get(source);
    if (known !== undefined) return known;
    answers.set(source, false);
    const answer = ask(source);
    answers.set(source, answer);
    return answer;
  };
}
