// Sentences that this code cannot read: an order in them is an order all the same, so they count as one.

const ENGLISH: ReadonlySet<string> = new Set(
  'the and to are be this that it you we our not have has from at by please your with for'.split(' '),
);
/** Words that hold sentences together in other languages and are none in English. */
const OTHERS: ReadonlySet<string> = new Set(
  (
    'der das den dem des und nicht ist sind eine einen einem fur auf mit von zu zum zur bitte wird werden alle aller allen sie uber nach ' +
    'el los las del una para con que al sus como favor esta este todos todas por ' +
    'les des une dans pour avec est et au aux vous votre veuillez ' +
    'il lo gli della dei per che sono una nel ' +
    'het een van voor met naar niet ' +
    'os uma ao da dos pela nao'
  ).split(' '),
);
/** Such words that also stand in names. */
const WEAK: ReadonlySet<string> = new Set('die la le de du en un di y e'.split(' '));
const ENOUGH = 2;
const OTHER_SCRIPT =
  /[\u0370-\u03ff\u0400-\u04ff\u0590-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/gu;
const MIN_OTHER_LETTERS = 4;

export function isForeign(text: string, words: readonly string[]): boolean {
  if ((text.match(OTHER_SCRIPT)?.length ?? 0) >= MIN_OTHER_LETTERS) return true;
  let others = 0;
  for (const word of words) {
    if (ENGLISH.has(word)) return false;
    if (OTHERS.has(word)) others += 2;
    else if (WEAK.has(word)) others += 1;
  }
  return others >= ENOUGH;
}
