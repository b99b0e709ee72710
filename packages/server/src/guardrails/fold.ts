// Letters that look like Latin ones. Both sides are one UTF-16 unit, so folded text has the positions of the normal one.
const CYRILLIC = 'АВЕЅІЈКМНОРСТХУԌԚԜаеѕіјорсухһԁԛԝӏ';
const CYRILLIC_AS = 'ABESIJKMHOPCTXYGQWaesijopcyxhdqwl';
const GREEK = 'ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιονρυχ';
const GREEK_AS = 'ABEZHIKMNOPTYXaiovpux';
const OTHERS = 'ıɡɑｌ‐‑‒–—−․‚‘’“”';
const OTHERS_AS = 'igal------.,\'\'""';

const FOLDS = new Map([...pairs(CYRILLIC, CYRILLIC_AS), ...pairs(GREEK, GREEK_AS), ...pairs(OTHERS, OTHERS_AS)]);
const FOLDABLE = new RegExp(`[${[...FOLDS.keys()].join('')}]`, 'g');
const ASCII = /^[\0-\x7f]*$/;

/** Look-alikes as Latin letters, for comparison with patterns that are written in those. */
export function fold(text: string): string {
  return ASCII.test(text) ? text : text.replace(FOLDABLE, (letter) => FOLDS.get(letter) ?? letter);
}

function pairs(from: string, to: string): [string, string][] {
  return [...from].map((letter, index) => [letter, to.charAt(index)]);
}
