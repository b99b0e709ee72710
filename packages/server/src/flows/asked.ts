import { findWhole, normalise } from './normal-text.ts';
import type { Origin } from './origin.ts';
import type { Request, RequestSentence } from './request.ts';
import { type CallDeeds, fits } from './sentence.ts';

/** Whether the person asked for a call of this kind, or told the agent to do what some content says. */
export interface Asked {
  readonly asked: 'asked' | 'delegated' | 'unasked' | 'unknown';
  /** The sentences that ask for it, with those next to them. */
  readonly asking: readonly RequestSentence[];
  readonly near: readonly RequestSentence[];
  /** No verb of the request asks for it, only what it is about. */
  readonly loosely: boolean;
}

const NONE: readonly RequestSentence[] = [];

/** Verbs are missed more often than things: a sentence that names what the call is about may ask for it in words of its own. */
export function askedFor(requests: readonly Request[], deeds: CallDeeds, origins: readonly Origin[]): Asked {
  const fitting = sentencesWhere(requests, (sentence) => fits(sentence, deeds));
  if (fitting.asking.length > 0 || requests.some(({ things }) => deeds.verb !== undefined && things.has(deeds.verb)))
    return { asked: 'asked', ...fitting, loosely: false };
  // To look something up is a means to any end.
  if (deeds.looks) return { asked: 'asked', ...fitting, loosely: false };
  if (requests.some(({ askings }) => askings.some(({ delegates }) => delegates)))
    return { asked: 'delegated', asking: NONE, near: NONE, loosely: true };
  const about = sentencesWhere(requests, (sentence) => isAbout(sentence, deeds, origins));
  return { asked: about.asking.length > 0 ? 'asked' : 'unasked', ...about, loosely: true };
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

function isAbout({ words, text }: RequestSentence, { things }: CallDeeds, origins: readonly Origin[]): boolean {
  if ([...things].some((thing) => words.has(thing) || words.has(`${thing}s`))) return true;
  return origins.some(
    ({ value, requested }) =>
      requested && value.role !== 'detail' && value.role !== 'amount' && findWhole(text, normalise(value.raw)) !== -1,
  );
}
