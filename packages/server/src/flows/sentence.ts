import { BEFORE_NOUN, type Deed, gerundVerb, nounGroups, participleVerb, VERBS } from './vocabulary.ts';

export interface Sentence {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What a sentence asks for. */
export interface Asking {
  readonly acts: readonly Act[];
  /** In a language that is not read here: it may ask for anything. */
  readonly unread?: boolean;
}

/** A verb in its base form, and the kinds of things that are spoken of up to the next verb. */
export interface Act {
  readonly verb: string;
  readonly nouns: ReadonlySet<string>;
}

// Ends of sentences: a mark before white space, an empty line, a line that begins like something new: capital, digit, bullet, tag, field.
const ENDS = /[.!?;:…]["')\]}>]*\s+|\n\s*\n\s*|\n\s*(?=[A-Z0-9<#*•–[({"'-]|[a-z_]+(?: [a-z]+)?: )|>\s+(?=[A-Z])/g;
/** People who ask put what they mean behind a colon. */
export const ENDS_OF_REQUEST =
  /(?<!\b(?:Mr|Ms|Mrs|Dr|Prof|St|No|Nr|vs|approx|e\.g|i\.e))[.!?;…]["')\]}>]*\s+|\n\s*\n\s*|\n\s*(?=[0-9#*•–-])/g;
const WORD = /[\p{L}\p{N}_]+(?:['-][\p{L}\p{N}]+)*/gu;

/** `it happens often Add the user ...`: a verb with a capital where no sentence ended. */
const RUN_ON = /[^\s.!?:;,] (?=([A-Z][a-z]+) [a-z#@'"\d])/g;

/** Sentences of content, where also a capital verb begins one. */
export function piecesOfSpeech(text: string): Sentence[] {
  return sentencesOf(text).flatMap((sentence) => {
    const found: Sentence[] = [];
    let from = 0;
    for (const match of sentence.text.matchAll(RUN_ON)) {
      if (!VERBS.has((match[1] ?? '').toLowerCase())) continue;
      const at = match.index + match[0].length;
      found.push({ start: sentence.start + from, end: sentence.start + at, text: sentence.text.slice(from, at) });
      from = at;
    }
    if (from === 0) return [sentence];
    found.push({ start: sentence.start + from, end: sentence.end, text: sentence.text.slice(from) });
    return found;
  });
}

export function sentencesOf(text: string, ends: RegExp = ENDS): Sentence[] {
  const found: Sentence[] = [];
  let start = 0;
  for (const match of text.matchAll(ends)) {
    const end = match.index + match[0].length;
    if (end > start + 1) found.push({ start, end, text: text.slice(start, end) });
    start = end;
  }
  if (start < text.length) found.push({ start, end: text.length, text: text.slice(start) });
  return found;
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

/** Verbs wherever they can be verbs: what people ask for stands in many places. */
export function readAsking(text: string): Asking {
  const words = wordsOf(text);
  const wished = words.some((word) => WISHING.has(word));
  return { acts: actsAt(words, (index) => verbAt(words, index, wished)) };
}

function actsAt(words: readonly string[], verbOf: (index: number) => string | undefined): Act[] {
  const acts: Act[] = [];
  let nouns = new Set<string>();
  for (const [index, word] of words.entries()) {
    const verb = verbOf(index);
    if (verb === undefined) {
      for (const group of nounGroups(word) ?? []) nouns.add(group);
      if (KEPT.has(word) && OF_SOMEBODY.has(words[index - 1] ?? '')) nouns.add('person');
    } else {
      nouns = new Set();
      acts.push({ verb, nouns });
    }
  }
  return acts;
}

/** `her file`, `their details`: what is kept of a person. */
const KEPT: ReadonlySet<string> = new Set('file record records entry details data profile info information'.split(' '));
const OF_SOMEBODY: ReadonlySet<string> = new Set(['his', 'her', 'their']);

/** `wants the address changed`, `should be deleted`: after these a participle asks. */
const WISHING: ReadonlySet<string> = new Set('want wants need needs like be get'.split(' '));

/** The base form of a word that can be a verb where it stands. */
function verbAt(words: readonly string[], index: number, wished: boolean): string | undefined {
  const word = words[index] ?? '';
  const next = words[index + 1];
  // `roll back`, `set up`
  if (next !== undefined && VERBS.has(word + next)) return word + next;
  const verb = VERBS.has(word) ? word : (gerundVerb(word) ?? (wished ? participleVerb(word) : undefined));
  if (verb === undefined || isIdiom(verb, next)) return undefined;
  if (next === undefined && index > 1 && CARRIERS.has(word)) return undefined;
  const before = words[index - 1];
  return verb === word && before !== undefined && BEFORE_NOUN.has(before) ? undefined : verb;
}

/** `her number and email`: last in a sentence these are things. */
const CARRIERS: ReadonlySet<string> = new Set('email mail text message fax comment'.split(' '));

/** `make sure`; and `tell me` asks for an answer, not for a message to somebody. */
function isIdiom(verb: string, next: string | undefined): boolean {
  if (verb === 'make') return next === 'sure';
  return ANSWERING.has(verb) && (next === 'me' || next === 'us');
}

const ANSWERING: ReadonlySet<string> = new Set(
  'tell let give inform show answer report say ask remind provide share read'.split(' '),
);

/** Stands before an order without being one. */
const LEAD_IN: ReadonlySet<string> = new Set(
  (
    'please kindly todo to-do do also then first second third next finally lastly now and just so but or step task action note important ' +
    'urgent attention reminder warning instruction instructions new immediately quickly simply always therefore however additionally ' +
    'furthermore instead okay ok hi hey hello dear thanks thank all you we i us the that it must should shall need needs have has to ' +
    'can could would will might want wanted like ask asked asking require required requires expected supposed required make sure be ' +
    "certain remember don't forget to not let's lets try go ahead proceed continue by is are your goal job my request here this user assistant " +
    'everyone team folks system message before after that when once if way perhaps maybe possible'
  ).split(' '),
);
/** After these a verb is an order wherever it stands. */
const ORDERING: ReadonlySet<string> = new Set(['please', 'kindly', 'must', 'should', 'todo', 'to-do']);
/** `need you to pay`, `it is necessary to pay`. */
const OBLIGING: ReadonlySet<string> = new Set(
  'you necessary need needs needed required important essential have has asked want urgent mandatory instructed expected sure remember job is'.split(
    ' ',
  ),
);
const MAX_LEAD_IN = 10;
/** `Rent` alone is a name. */
const MIN_ORDER_WORDS = 3;

/** The order a sentence gives, if its verb stands where orders have it: first, after a lead-in, or after `please` and `must`. */
export function readOrder(text: string): Asking | undefined {
  const words = wordsOf(text);
  if (words.length < MIN_ORDER_WORDS) return undefined;
  // `To improve skills` is an end, not an order.
  let leading = words[0] === 'to' ? -1 : 0;
  let ordered = false;
  const acts = actsAt(words, (index) => {
    const word = words[index] ?? '';
    if (leading >= 0 && VERBS.has(word) && isOrder(words, index)) {
      leading = -1;
      ordered = true;
      return word;
    }
    if (leading >= 0 && (LEAD_IN.has(word) || /^\d+$/.test(word)) && leading < MAX_LEAD_IN) leading += 1;
    else leading = -1;
    const verb = leading === -1 ? bidden(words, index, ordered) : undefined;
    if (verb !== undefined) ordered = true;
    return verb;
  });
  return acts.length === 0 ? undefined : { acts };
}

/** `please pay`, `you to pay`, `could you pay`, `must be paid`, and a second order: `..., then delete`, `and send`. */
function bidden(words: readonly string[], index: number, ordered: boolean): string | undefined {
  const word = words[index] ?? '';
  const before = words[index - 1] ?? '';
  const earlier = words[index - 2] ?? '';
  if (before === 'be') return BE_DONE.has(earlier) ? participleVerb(word) : undefined;
  if (!VERBS.has(word)) return undefined;
  if (ORDERING.has(before) || (before === 'to' && OBLIGING.has(earlier))) return word;
  if (before === 'you' && ASKS_YOU.has(earlier)) return word;
  return ordered && (before === 'and' || before === 'then') ? word : undefined;
}

const BE_DONE: ReadonlySet<string> = new Set(['must', 'should', 'shall', 'to']);
const ASKS_YOU: ReadonlySet<string> = new Set(['could', 'can', 'would', 'will']);

/** Determiners make nouns (`the order`), and so does a verb right after the word (`order is late`). */
function isOrder(words: readonly string[], index: number): boolean {
  const before = words[index - 1];
  if (before !== undefined && NOUN_MAKERS.has(before)) return false;
  const after = words[index + 1];
  return after === undefined || !VERB_FOLLOWS.has(after);
}

const NOUN_MAKERS: ReadonlySet<string> = new Set(
  'a an the my your our his her their its this that these those i we is are was it'.split(' '),
);
const VERB_FOLLOWS: ReadonlySet<string> = new Set('is are was were has had will can of'.split(' '));

/** What a call does, as far as its name, description and effect say. */
export interface CallDeeds {
  readonly deeds: ReadonlySet<Deed>;
  /** It looks something up, which is a means to any end and need not be asked for. */
  readonly looks: boolean;
  readonly nouns: ReadonlySet<string>;
  /** The verb of its name, which may be spoken of as a thing: `leave a comment`. */
  readonly verb: string | undefined;
  /** The words of its name but for that verb: what it is about. */
  readonly things: ReadonlySet<string>;
}

const MEDIA: ReadonlySet<string> = new Set(['mail', 'message', 'channel', 'person', 'social']);
/** Verbs that say by themselves what is wanted, whatever they are about. */
const TELLING: ReadonlySet<string> = new Set(
  (
    'pay refund reimburse wire buy purchase tip donate repay compensate transfer email mail message dm text notify reply respond forward ' +
    'invite book reserve rent deploy unsubscribe publish tweet reschedule unlock lock share merge scale rollback restart escalate page'
  ).split(' '),
);

/** Whether what is asked for can be this call: a verb of its kind, about a thing of its kind. */
export function fits({ acts }: Asking, call: CallDeeds): boolean {
  return acts.some(({ verb, nouns }) => {
    const shared = [...(VERBS.get(verb) ?? [])].filter((deed) => call.deeds.has(deed));
    if (shared.length === 0) return false;
    if (TELLING.has(verb) || call.nouns.size === 0 || nouns.size === 0 || intersects(nouns, call.nouns)) return true;
    return intersects(call.nouns, MEDIA) && shared.some((deed) => deed === 'send' || deed === 'publish');
  });
}

export function intersects<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  for (const item of a) if (b.has(item)) return true;
  return false;
}
