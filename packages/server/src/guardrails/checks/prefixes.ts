/** A match and its shorter beginnings, longest first, that end where a word of `unit` characters ends. */
export function* prefixes(match: RegExpExecArray, shortest: number, unit: RegExp): Generator<string> {
  const text = match[0];
  for (let end = text.length; end >= shortest; end--) {
    const next = end < text.length ? text.charAt(end) : match.input.charAt(match.index + end);
    if (unit.test(text.charAt(end - 1)) && !unit.test(next)) yield text.slice(0, end);
  }
}
