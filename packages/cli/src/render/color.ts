const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
type Color = keyof typeof CODES;

/** Colours where a person looks at a terminal, and plain text everywhere else (https://no-color.org). */
export function paint(text: string, color: Color): string {
  const wanted = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  return wanted ? `\u001b[${CODES[color]}m${text}\u001b[0m` : text;
}
