// Text that speaks to the assistant instead of to people, or poses as its system or its user. General forms, not the wording of any
// one attack: overriding what it was told, steering its task, naming its kind or its tools, imitating markup, asking for secrecy.

import { MAX_RESULT_CHARS } from './limits.ts';
import { fold } from './normal-text.ts';

const AI =
  '(?:ai|a\\.i\\.|llm|language model|chat ?bot|gpt-?\\d\\S*|chatgpt|gemini|llama|mistral|mixtral|command[ -]r|qwen|deepseek)';
const ASSISTANT = `(?:${AI}|assistant|bot|copilot|agent|model|claude)`;
const ORDERS =
  '(?:\\w*structions?|prompts?|rules?|tasks?|directions?|commands?|directives?|guidelines?|context|orders?|polic(?:y|ies)|constraints?|safeguards?)';
const WORK = '(?:task|question|query|request|instructions?|job)';

const FORMS: readonly RegExp[] = [
  // Overriding: "ignore all previous instructions", "disregard the above", "your new task is".
  form(
    `(?<![a-z])(?:ignor\\w*|disregard\\w*|forget|overrid\\w*|bypass\\w*|supersed\\w*|abandon|stop (?:following|doing))\\b[^.\\n]{0,60}\\b(?:previous|prior|above|earlier|preceding|existing|original|former|all|your|other|current|system|initial)\\b[^.\\n]{0,50}\\b${ORDERS}\\b`,
  ),
  /(?<![a-z])(?:ignore|disregard|forget) (?:all |everything |anything )?(?:of )?(?:the |that )?(?:above|before|previous)\b/,
  form(
    `(?<![a-z])(?:ignore|disregard|forget|override|bypass)\\b[^.\\n]{0,30}\\b${ORDERS}\\b[^.\\n]{0,20}\\b(?:above|before|earlier|given|so far)\\b`,
  ),
  /\byour (?:new|real|actual|true|updated|only) (?:task|goal|objective|instructions?|mission|priority)\b/,
  /\b(?:new|updated|system|hidden|secret|override|admin|developer) (?:system )?(?:instructions?|prompts?|directives?) ?:/,
  /\b(?:adhere(?: strictly)? to|obey|comply with|execute|carry out) (?:the |these |this |my |all )?(?:following |next |new |below )?(?:instructions?|commands?|directives?|orders?)\b/,
  // Steering the task: "the task that I gave you", "before answering the user's question", "then continue with your original task".
  form(
    `\\b(?:the|any) ${WORK} (?:that )?(?:i|we|the user|you were|you have been) (?:have |had )?(?:g[ia]ve|given|asked|sent|assigned)\\b`,
  ),
  form(
    `\\b(?:solv\\w*|do|doing|complet\\w*|finish\\w*|answer\\w*|perform\\w*|continu\\w*|proceed\\w*|respond\\w*|fulfil\\w*|resum\\w*|return\\w*|process\\w*|handl\\w*)\\b[^.\\n]{0,20}\\b(?:(?:the )?user(?:'s|s)?|your|the) (?:original |initial |main |first |current |previous |actual )+${WORK}\\b`,
  ),
  form(
    `\\b(?:solv\\w*|complet\\w*|answer\\w*|perform\\w*|fulfil\\w*|process\\w*|handl\\w*) (?:the )?user(?:'s|s') ${WORK}\\b`,
  ),
  form(`\\buser(?:'s|s')? (?:original |initial |main |actual )+${WORK}\\b`),
  // Naming its kind: "to you, the AI language model", "Dear assistant", "attention all AI agents".
  form(`\\b(?:you|to you)[,:] (?:the |an? |my )?${ASSISTANT}\\b`),
  form(
    `\\b(?:hey|hi|hello|dear|attention|note to|notice to|message to) (?:the |all |any |every |my )?(?:${AI}|assistant|bot|copilot)s?\\b`,
  ),
  form(
    `\\b(?:for|to|any|all) (?:the |all |any |an? )?(?:${AI})s?\\b[^.\\n]{0,40}\\b(?:reading|processing|summari[sz]ing|agents?|assistants?|models?)\\b`,
  ),
  form(
    `\\b(?:as|if you are|since you are|because you are|you are|you're) (?:an? |the |my )(?:helpful |automated )?(?:${AI})\\b`,
  ),
  form(
    `\\b(?:ai|llm|automated|autonomous) (?:agents?|assistants?|models?) (?:must|should|needs? to|has to|have to|(?:is|are) (?:required|expected|instructed))\\b`,
  ),
  /\b(?:automated|autonomous|virtual|digital) (?:assistants?|agents?|bots?)\b[^.\n]{0,40}\b(?:reading|processing|handling|viewing|parsing|summari[sz]ing|accessing)\b/,
  // Naming its tools: "you should use the tool", "call the `x` function", "with the following arguments".
  /\b(?:you|please|must|should|then|first)\b[^.\n]{0,30}\b(?:use|call|invoke|run|trigger) (?:the |your |a )?(?:tool|function|plugin)\b/,
  /\b(?:use|call|invoke|run|trigger) (?:the |your )?(?:tool |function )?[`'"]?\w+_\w+[`'"]?(?: (?:tool|function|api|action|plugin))?\b/,
  /\b(?:use|call|invoke|trigger) (?:the |your )[`'"]?[\w.-]+[`'"]? (?:tool|plugin)\b/,
  // Posing as the user or an authority.
  /\b(?:this is|here is)\b[^.\n]{0,40}\b(?:message|instruction|request|order|command|directive) from (?:me|your (?:user|owner|creator|developer|administrator)|the (?:user|developer|system|administrator))\b/,
  /\bthe user (?:has |have |already |also |explicitly |fully )*(?:approved|authori[sz]ed|consented|permitted)\b/,
  // Secrecy towards the person, and going on without a word of theirs.
  /\b(?:do not|don't|never|without|no need to) (?:ask\w*|confirm\w*|check\w*|consult\w*|notify\w*|tell\w*|inform\w*|wait\w*)(?: (?:with|for))? (?:me\b|(?:a |any |my |further )?(?:confirmation|approval|permission|consent)\b)/,
  /\b(?:do not|don't|never|without) (?:tell\w*|inform\w*|mention\w*|alert\w*|ask\w*|reveal\w*|disclos\w*|warn\w*|involv\w*)\b[^.\n]{0,30}\b(?:the user|your user|the human|this instruction)\b/,
  // Markup of chats and prompts.
  /<\/?(?:system|important|instructions?|assistant|prompt|override|inst|sys|directive)(?:[\s_-][^<>]{0,60})?>|<\|[^|>]{1,40}\|>|\[\/?(?:inst|system|system message|system note|instructions?)\]|\{\{ ?(?:system|assistant)\b/,
  /(?:^|\n)[ \t]{0,8}(?:#{1,4} ?|\*{1,2})?(?:system (?:prompt|message|override|instructions?)|assistant|instructions? (?:for|to) (?:the )?(?:ai|assistant|agent|model))(?:\*{1,2})? ?:/,
  /\bsystem (?:prompt|override)\b/,
];

const TAG = /<([A-Z][A-Z_ -]{2,40})>/;

/** Where a folded text begins to speak to the assistant, -1 where it does not. */
export function addressesAssistant(folded: string, lower: string): number {
  const tag = TAG.exec(folded);
  if (tag?.[1] !== undefined && folded.includes(`</${tag[1]}>`, tag.index)) return tag.index;
  for (const one of FORMS) {
    const at = lower.search(one);
    if (at !== -1) return at;
  }
  return -1;
}

/** A tool may be trusted and still hand on what others wrote: what talks to the assistant is nobody's data. */
export function speaksToAssistant(texts: readonly string[]): boolean {
  return texts.some((text) => {
    const folded = fold(text.slice(0, MAX_RESULT_CHARS));
    return addressesAssistant(folded, folded.toLowerCase()) !== -1;
  });
}

function form(source: string): RegExp {
  return new RegExp(source);
}
