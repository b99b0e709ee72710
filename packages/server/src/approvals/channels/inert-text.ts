/** Characters that change how other text is shown, or that nobody sees: controls, direction, zero width, tags, private use. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f|[\ufe00-\ufe0f]/gu;

/** Text of somebody we do not trust, for people: what would be invisible or would reorder it stands there as its code. */
export function inertText(text: string, maxLength: number): string {
  const cut =
    text.length > maxLength ? `${text.slice(0, maxLength)} … (${text.length - maxLength} more characters)` : text;
  return cut.replace(INVISIBLE, (character) => {
    if (character === '\n' || character === '\t') return character;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** The same on one line. */
export function inertLine(text: string, maxLength: number): string {
  return inertText(text, maxLength).replace(/[\n\t]+/g, ' ');
}
