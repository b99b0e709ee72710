import { MAX_ASKING_CHARS } from './limits.ts';
import { compact, fold, normalise } from './normal-text.ts';
import { type Asking, ENDS_OF_REQUEST, readAsking, sentencesOf, wordsOf } from './sentence.ts';
import { BEFORE_NOUN, nounGroups, VERBS } from './vocabulary.ts';

/** What the person asked for, as far as it can be read from the messages. */
export interface Request {
  /** Normalised; what stands here was said by the person or the operator. */
  readonly text: string;
  readonly letters: string;
  readonly askings: readonly RequestSentence[];
  /** What the person called by its name: quotes, names, addresses. */
  readonly names: ReadonlySet<string>;
  /** Words that say what the request is about. */
  readonly topics: ReadonlySet<string>;
  /** Deeds that it speaks of as things: `leave a comment`, `make a transfer`. */
  readonly things: ReadonlySet<string>;
}

export interface RequestSentence extends Asking {
  readonly text: string;
  readonly words: ReadonlySet<string>;
  /** Addresses named in it. */
  readonly addresses: readonly string[];
  /** What it calls by name, addresses included. */
  readonly names: ReadonlySet<string>;
  /** Words that say what it is about. */
  readonly topics: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
  /** It tells the agent to do what some content says. */
  readonly delegates: boolean;
}

const DELEGATES = [
  /\b[a-z]+ what(?:ever)? (?:is|was|they|he|she|it|people|everyone) (?:requested|asked|asks?|wants?|needs?|needed)\b/,
  /\bfollow (?!up\b|@)[^.]{0,50}\b(?:section|documents?|docs?|file|readme|\w+\.md|polic(?:y|ies)|notes?|wiki|article|tutorial|plan|protocol|guidelines?|how-?to)\b/,
  /\b(?:process|handle|deal with|take care of|act on|sort out|see to)\b[^.]{0,50}\b(?:letters?|complaints?|e?-?mails?|messages?|tickets?|claims?|applications?|forms?|resignation|inquir(?:y|ies)|enquir(?:y|ies)|cases?)\b/,
  /\b(?:follow|perform|do|execute|complete|carry out|handle|act (?:up)?on|take care of|work (?:through|on)|process|implement|apply|address|finish)\b(?![^.]{0,30}\b(?:following|these|below)\b)[^.]{0,50}\b(?:instructions?|actions?|tasks?|steps|to-?dos?|to-?do list|action items?|requests?|checklist|run-?book|playbook|procedure|guide|manual|recipe)\b/,
  /\b(?:do|follow|proceed|act|it|this|that|them|care of [^.]{1,40}|handle [^.]{1,40}) (?:everything |exactly |precisely |just )?(?:what(?:ever)?|as|like|the way) (?:[\w']+ ){1,3}(?:says?|said|asks?|asked|tells?|told|wants?|requests?|requested|needed|describes?|described|instructs?|instructed|required|specifie[sd]|suggests?|suggested|proposes?|proposed|recommends?|recommended|advises?|advised|explains?|explained)\b/,
];

const QUOTED = /(?:^|[\s(])["'“‘`]([^"“”‘’`\n]{2,200}?)["'”’`](?=[\s.,;:!?)]|$)/g;
const ADDRESS =
  /[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,}|\b(?:https?:\/\/)?(?:[\w-]{1,63}\.){1,8}[a-z]{2,}(?:\/[^\s'")]*)?|\b[\w-]{0,40}\d[\w-]{2,40}\b/gi;
const NAME = /\p{Lu}[\p{L}\p{N}'’-]+/gu;
const BEGINS = /(?:^|(?<!\b(?:Mr|Ms|Mrs|Dr|Prof))[.!?:;\n])["'“(\s]*$/;
const MIN_WORD = 4;
const MIN_NAME = 3;
const COMMON: ReadonlySet<string> = new Set(
  (
    'please also could would should what when where which there their them they this that these those with from about into have here just ' +
    'some more than then only very much many will your yours mine need want like make sure thank thanks hello everything following ' +
    'todo monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october ' +
    'november december according accordingly based given well good great best most least time date today tomorrow yesterday'
  ).split(' '),
);

export function readRequest(messages: readonly string[]): Request {
  const all = messages.map(fold).join('\n\n');
  const text = normalise(all);
  const folded = all.slice(0, MAX_ASKING_CHARS);
  return {
    text,
    letters: compact(text),
    askings: sentencesOf(folded, ENDS_OF_REQUEST).map(({ text: sentence }) => readSentence(sentence)),
    names: namesOf(folded),
    topics: topicsOf(folded),
    things: thingsOf(wordsOf(folded.replace(QUOTED, ' '))),
  };
}

function readSentence(sentence: string): RequestSentence {
  const text = normalise(sentence);
  return {
    text,
    words: new Set(wordsOf(sentence)),
    ...readAsking(sentence.replace(QUOTED, ' ')),
    addresses: [...sentence.matchAll(ADDRESS)].map(([address]) => address.replace(/[.,;:!?]+$/, '')),
    names: namesOf(sentence),
    topics: topicsOf(sentence),
    numbers: new Set(sentence.match(/(?<![\w.-])\d+(?![\w.-]*\w)/g) ?? []),
    delegates: DELEGATES.some((form) => form.test(text)),
  };
}

function namesOf(folded: string): Set<string> {
  const found = new Set<string>();
  for (const match of folded.matchAll(QUOTED)) found.add(normalise(match[1] ?? ''));
  for (const [address] of folded.matchAll(ADDRESS)) found.add(normalise(address).replace(/[.,;:!?]+$/, ''));
  const rest = folded.replace(ADDRESS, (address) => '_'.repeat(address.length));
  for (const { 0: name, index } of rest.matchAll(NAME)) {
    // A capital at the beginning of a sentence says nothing.
    if (BEGINS.test(rest.slice(Math.max(0, index - 8), index))) continue;
    const word = normalise(name);
    if (!COMMON.has(word) && !BEFORE_NOUN.has(word) && !VERBS.has(word)) found.add(word);
  }
  for (const name of found) if (name.length < MIN_NAME) found.delete(name);
  return found;
}

const DOING: ReadonlySet<string> = new Set(
  'leave make do give put write add send create set start open place'.split(' '),
);

/** Words for what is said: who asks for a note asks for whatever leaves one. */
const SAID: ReadonlySet<string> = new Set(
  'explanation note comment reply answer message confirmation apology notice reminder response notification'.split(' '),
);
const SAYING: readonly string[] = ['comment', 'reply', 'answer', 'respond', 'message', 'send', 'post', 'write'];

function thingsOf(words: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const [index, word] of words.entries()) {
    if (word === 'back' && words.slice(Math.max(0, index - 4), index).includes('money'))
      found.add('refund').add('reimburse');
    if (
      SAID.has(word) &&
      words.slice(Math.max(0, index - 3), index).some((before) => before === 'with' || DOING.has(before))
    )
      for (const verb of SAYING) found.add(verb);
    if (!VERBS.has(word) || !BEFORE_NOUN.has(words[index - 1] ?? '')) continue;
    if (DOING.has(words[index - 2] ?? '')) found.add(word);
  }
  return found;
}

/** With the singular of what is many. */
function topicsOf(text: string): Set<string> {
  const topics = wordsOf(text).filter(isTopic);
  return new Set(
    topics.flatMap((word) => (/[^s]s$/.test(word) && word.length > MIN_WORD ? [word, word.slice(0, -1)] : [word])),
  );
}

function isTopic(word: string): boolean {
  if (word.length < MIN_WORD || COMMON.has(word) || BEFORE_NOUN.has(word)) return false;
  return !VERBS.has(word) || nounGroups(word) !== undefined;
}
