import { findWhole, normalise } from './normal-text.ts';
import type { Origin } from './origin.ts';
import type { Request, RequestSentence } from './request.ts';
import { isClose } from './senses.ts';
import { type CallDeeds, fits } from './sentence.ts';
import { nounGroups, participleVerb, VERBS } from './vocabulary.ts';

/** Whether the person asked for a call of this kind, or told the agent to do what some content says. */
export interface Asked {
  readonly asked: 'asked' | 'delegated' | 'unasked' | 'unknown';
  /** The sentences that ask for it, with those next to them. */
  readonly asking: readonly RequestSentence[];
  readonly near: readonly RequestSentence[];
  /** No verb of the request asks for it, only what it is about. */
  readonly loosely: boolean;
  /** The request names this very call, not only one of its kind. */
  readonly closely: boolean;
}

const NONE: readonly RequestSentence[] = [];

/** Verbs are missed more often than things: a sentence that names what the call is about may ask for it in words of its own. */
export function askedFor(requests: readonly Request[], deeds: CallDeeds, origins: readonly Origin[]): Asked {
  const fitting = sentencesWhere(requests, (sentence) => fits(sentence, deeds));
  if (fitting.asking.length > 0 || requests.some(({ things }) => deeds.verb !== undefined && things.has(deeds.verb)))
    return { asked: 'asked', ...fitting, loosely: false, closely: isNamed(requests, deeds, chosenIn(origins)) };
  // To look something up is a means to any end.
  if (deeds.looks) return { asked: 'asked', ...fitting, loosely: false, closely: true };
  if (requests.some(({ askings }) => askings.some(({ delegates }) => delegates)))
    return { asked: 'delegated', asking: NONE, near: NONE, loosely: true, closely: false };
  const about = sentencesWhere(requests, (sentence) => isAbout(sentence, deeds, origins));
  return {
    asked: about.asking.length > 0 ? 'asked' : 'unasked',
    ...about,
    loosely: true,
    closely: isNamed(requests, deeds, chosenIn(origins)),
  };
}

const CHOICE = /(?:action|operation|decision|status|state|verb|method|event)$/i;

/** Of a tool that does several things, which one: `action: remove`, `decision: approved`. */
function chosenIn(origins: readonly Origin[]): string[] {
  return origins.flatMap(({ value }) => {
    const word = value.raw.toLowerCase();
    const verb = CHOICE.test(value.path) ? (VERBS.has(word) ? word : participleVerb(word)) : undefined;
    return verb === undefined ? [] : [verb];
  });
}

function isNamed(requests: readonly Request[], deeds: CallDeeds, chosen: readonly string[]): boolean {
  return requests.some(
    ({ askings, things }) =>
      [deeds.verb, ...deeds.things].some((word) => word !== undefined && things.has(word)) ||
      askings.some((sentence) => isClose(sentence, (word) => sentence.words.has(word), deeds, chosen)),
  );
}

function sentencesWhere(
  requests: readonly Request[],
  asks: (sentence: RequestSentence) => boolean,
): Pick<Asked, 'asking' | 'near'> {
  const asking: RequestSentence[] = [];
  const near = new Set<RequestSentence>();
  for (const { askings } of requests) {
    for (const [index, sentence] of askings.entries()) {
      if (!asks(sentence)) continue;
      asking.push(sentence);
      for (const beside of [askings[index - 1], sentence, askings[index + 1]])
        if (beside !== undefined) near.add(beside);
    }
  }
  return { asking, near: [...near] };
}

const QUESTION =
  /^(?:and |so |ok(?:ay)?,? |hi,? |hey,? |hello,? )?(?:what|which|who|whose|when|where|why|how|is|are|was|were|does|did|any)\b/;

/** To ask about a thing is not to ask for something to be done to it. */
function onlyAsks({ text, acts }: RequestSentence): boolean {
  return (
    QUESTION.test(text) &&
    acts.every(({ verb }) => VERBS.get(verb)?.has('look') === true || nounGroups(verb) !== undefined)
  );
}

function isAbout(sentence: RequestSentence, { things }: CallDeeds, origins: readonly Origin[]): boolean {
  if (onlyAsks(sentence)) return false;
  const { words, text } = sentence;
  if ([...things].some((thing) => words.has(thing) || words.has(`${thing}s`))) return true;
  return origins.some(
    ({ value, requested }) =>
      requested && value.role !== 'detail' && value.role !== 'amount' && findWhole(text, normalise(value.raw)) !== -1,
  );
}
