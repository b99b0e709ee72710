import type { Effect } from '@reeve/contracts';
import type { CallDeeds } from './sentence.ts';
import { DEEDS_OF_EFFECT, type Deed, nounGroups, VERBS } from './vocabulary.ts';

const MAX_KNOWN = 5_000;
/** Names that begin so look something up, also where the way to it carries data out, as a URL does. */
const LOOKING: ReadonlySet<string> = new Set(
  'get read fetch search find list view browse visit lookup show look check query retrieve scan open access load'.split(
    ' ',
  ),
);
/** What reading with a URL or a query may be declared as. */
const CARRYING: ReadonlySet<Effect> = new Set(['write', 'send', 'export']);
const POSTED: readonly string[] = ['channel', 'social'];
const MAKING: readonly Deed[] = ['make', 'send', 'publish', 'pay', 'book', 'invite', 'grant', 'run', 'export', 'look'];
const known = new Map<string, CallDeeds>();

/** What a call is for, from the tool's name, else its description, and its effect. Read once per tool. */
export function callDeeds(target: string, effect: Effect, description: string | undefined): CallDeeds {
  const key = `${effect} ${target} ${description ?? ''}`;
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  if (known.size >= MAX_KNOWN) known.clear();
  const read = readDeeds(target, effect, description);
  known.set(key, read);
  return read;
}

function readDeeds(target: string, effect: Effect, description: string | undefined): CallDeeds {
  const name = words(target.slice(target.indexOf('.') + 1));
  const sentence = words((description ?? '').split(/[.\n]/, 1)[0] ?? '');
  const verbs = verbsIn(name);
  const used = verbs.length > 0 ? verbs : verbsIn(sentence).slice(0, 1);
  const deeds = new Set<Deed>(used.flatMap((verb) => [...(VERBS.get(verb) ?? [])]));
  // A declared effect says more than a name: `pay` is paying, whatever the tool is called. But to change or remove what pays is not to pay.
  const corrects = deeds.size > 0 && used.every((verb) => !MAKING.some((deed) => VERBS.get(verb)?.has(deed)));
  const publishes = effect === 'send' && deeds.has('publish');
  if (deeds.size === 0 || (effect !== 'write' && !corrects && !publishes))
    for (const deed of DEEDS_OF_EFFECT[effect]) deeds.add(deed);
  const looks =
    effect === 'read' || (CARRYING.has(effect) && used.length > 0 && used.every((verb) => LOOKING.has(verb)));
  if (!looks) deeds.delete('look');
  const nouns = nounsIn(name.filter((word) => word !== used[0] || verbs.length > 1));
  // What is sent to a channel is posted there.
  if (deeds.has('send') && POSTED.some((group) => nouns.has(group))) deeds.add('publish');
  return {
    deeds,
    looks,
    nouns: nouns.size > 0 ? nouns : nounsIn(sentence),
    verb: used[0],
    things: thingsIn(name, used),
  };
}

const MIN_THING = 4;

function thingsIn(name: readonly string[], used: readonly string[]): Set<string> {
  const things = name.filter((word) => word.length >= MIN_THING && !(used.length === 1 && word === used[0]));
  return new Set(things.map((word) => (word.endsWith('s') ? word.slice(0, -1) : word)));
}

function words(text: string): string[] {
  return (
    text
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/[a-z]+/g) ?? []
  );
}

/** Verbs that are things as often. */
const THINGS_TOO: ReadonlySet<string> = new Set(
  'request order issue post comment message report record review call text transfer share label tag release file'.split(
    ' ',
  ),
);

function verbsIn(all: readonly string[]): string[] {
  const found: string[] = [];
  for (const word of all) {
    const base = [word, word.replace(/s$/, ''), word.replace(/es$/, '')].find((form) => VERBS.has(form));
    if (base !== undefined) found.push(base);
  }
  // `decide_request`: of a name whose verb we do not know, the last word is a thing.
  if (
    found.length === 1 &&
    all.length > 1 &&
    all[0] !== found[0] &&
    THINGS_TOO.has(found[0] ?? '') &&
    all.at(-1)?.startsWith(found[0] ?? '') === true
  )
    return [];
  // `cancel_order` cancels, it does not order; a name that begins with a product may have its verb anywhere.
  return all[0] === found[0] ? found.slice(0, 1) : found;
}

function nounsIn(all: readonly string[]): Set<string> {
  return new Set(all.flatMap((word) => [...(nounGroups(word) ?? [])]));
}
