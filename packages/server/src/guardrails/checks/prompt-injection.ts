import { z } from 'zod';
import { anchoredScanner } from '../anchored-scanner.ts';
import { defineCheck } from '../define-check.ts';
import type { Span } from '../scanner.ts';

const STRONG = 3;
const WEAK = 1;
const REACH = 240;
const ANCHOR =
  /\b(?:ignore|disregard|forget|override|bypass|new|you|your|act|pretend|reveal|print|repeat|show|system|developer|do|from|important|attention|begin|end|jailbreak|DAN|instead|without|secretly|silently|immediately|admin|authorized|send|forward)\b|<\/?(?:system|instructions?|im_start|user|assistant)|<\||\[\/?INST|#{2,4}\b/gi;

const PRIOR =
  '(?:all |any |every |of |the |my |your |these |those |previous |prior |above |earlier |preceding |existing |system |safety |original ){0,5}';
const ORDERS =
  '(?:instructions?|directions?|prompts?|rules?|guidelines?|commands?|context|messages?|policies|constraints?)';

/** Sentences that try to take over. One strong one is enough; weak ones must stand together. */
const PHRASES: readonly (readonly [score: number, pattern: RegExp])[] = [
  [STRONG, new RegExp(`^(?:ignore|disregard|forget|override|bypass) ${PRIOR}${ORDERS}`, 'i')],
  [
    STRONG,
    /^(?:ignore|disregard|forget) (?:everything|anything|all|whatever)(?: that| you)?(?: was| were| have been)?(?: said| told| written| above| before)/i,
  ],
  [
    STRONG,
    /^do not (?:follow|obey|listen to) (?:the |your |any |previous |prior ){1,3}(?:instructions?|rules?|prompt|guidelines?)/i,
  ],
  [
    STRONG,
    /^(?:reveal|print|repeat|show|output)(?: me| us)? (?:all )?(?:of )?(?:your|the) (?:full |entire |hidden |initial |original |exact ){0,2}(?:system |developer )(?:prompt|instructions?|messages?)/i,
  ],
  [
    STRONG,
    /^you are now (?:in )?(?:an? |the )?(?:DAN|jailbroken|unrestricted|unfiltered|developer mode|god mode|free from)/i,
  ],
  [STRONG, /^(?:new|updated) (?:system )?(?:instructions?|prompt)(?: for (?:you|the (?:ai|assistant|model)))? ?:/i],
  [STRONG, /^(?:<\|(?:im_start|im_end|system|endoftext)\|?>?|\[\/?INST\]|<\/?(?:system|im_start)>)/i],
  [STRONG, /^(?:begin|end) (?:of )?(?:system|admin|developer) (?:prompt|message|instructions?|override)/i],
  [
    STRONG,
    /^do not (?:tell|inform|mention|reveal|alert)(?: this| that| it| anything)?(?: to)? (?:the )?(?:user|human|operator|owner|anyone)/i,
  ],
  [
    STRONG,
    /^(?:secretly|silently|without (?:telling|asking|informing) (?:the )?(?:user|anyone|them),?) (?:send|forward|delete|transfer|upload|execute|call|email)/i,
  ],
  [WEAK, /^you (?:are now|must now|will now|have been)(?: an?| the)? [a-z]/i],
  [WEAK, /^from now on,?/i],
  [WEAK, /^(?:act|pretend) (?:as|to be|like) (?:an?|the|if)? ?[a-z]/i],
  [WEAK, /^important (?:instructions?|message|notice)/i],
  [WEAK, /^attention,? (?:ai|assistant|agent|model|llm|chatbot)/i],
  [
    WEAK,
    /^(?:ignore|bypass|override|without) (?:any |all |the |your ){0,2}(?:safety|security|filters?|restrictions?|limitations?|moderation|ethics)/i,
  ],
  [WEAK, /^your (?:new|real|true|actual) (?:task|goal|purpose|role|instructions?|objective)/i],
  [WEAK, /^immediately (?:send|forward|call|transfer|execute|run|delete|email)/i],
  [WEAK, /^instead,? (?:you (?:must|should|will)|send|call|reply|output|print)/i],
];

export const promptInjection = defineCheck({
  name: 'prompt-injection',
  description: 'Text that tries to give a model new orders. A heuristic: it finds known phrases, not intent.',
  redacts: true,
  config: z.strictObject({
    threshold: z
      .number()
      .int()
      .min(1)
      .max(10)
      .default(STRONG)
      .describe('3: one strong phrase or three weak ones together.'),
  }),
  create: ({ threshold }) => [
    anchoredScanner({ anchor: ANCHOR, reach: REACH, judge: (slice) => judge(slice, threshold) }),
  ],
});

function judge(slice: string, threshold: number): readonly Span[] {
  const text = slice.replace(/\s/g, ' ');
  const first = phraseAt(text, 0);
  if (first === undefined) return [];
  let { score } = first;
  let { end } = first;
  const seen = new Set([first.index]);
  for (const match of text.slice(1).matchAll(ANCHOR)) {
    if (score >= threshold) break;
    const next = phraseAt(text, match.index + 1);
    if (next === undefined || seen.has(next.index)) continue;
    seen.add(next.index);
    score += next.score;
    end = next.end;
  }
  return score >= threshold ? [{ start: 0, end, what: 'text that gives a model new orders', noun: 'orders' }] : [];
}

function phraseAt(text: string, at: number): { score: number; end: number; index: number } | undefined {
  const rest = text.slice(at).replace(/ {2,}/g, ' ');
  for (const [index, [score, pattern]] of PHRASES.entries()) {
    const match = pattern.exec(rest);
    if (match !== null) return { score, end: Math.min(text.length, at + match[0].length), index };
  }
  return undefined;
}
