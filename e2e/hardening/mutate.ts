/** Seeded random choices, so that a failure can be repeated. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

const KEYS = [
  ...['model', 'messages', 'input', 'contents', 'stream', 'n', 'max_tokens', 'max_output_tokens', 'metadata', 'user'],
  ...['tools', 'tool_choice', 'stream_options', 'system', 'generationConfig', 'content', 'role', 'parts', 'text'],
  ...['params', 'method', 'id', 'jsonrpc', 'name', 'arguments', '_meta', 'result', 'error', 'tool', 'args', 'dryRun'],
  ...['files', 'path', 'agent', 'constructor', 'toString', 'hasOwnProperty', '', '\u0000', 'a'.repeat(300)],
];
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 2 ** 53 - 1, '', '\u0000', '\u202e', '😀', 'x'.repeat(5_000)],
  ...[[], {}, [[[[[[[[]]]]]]]], { a: { b: { c: [null] } } }, ['a', 1, null], 'constructor', '../../etc/passwd'],
  ...['tools/list', 'initialize', 'server/discover', 'notifications/cancelled', 'openai/sim-cut-stream', 'gemini/x'],
];
const TOKENS = ['"', '\\', '{', '}', '[', ']', ',', ':', '\\ud800', '\\u0000', '1e999', '-', '/*', '\n', '__proto__'];

/** The value with one thing in it changed, added, taken away or doubled. */
export function mutateJson(value: unknown, dice: Dice): unknown {
  if (typeof value !== 'object' || value === null || dice.below(8) === 0) return dice.pick(VALUES);
  if (Array.isArray(value)) {
    if (value.length === 0 || dice.below(4) === 0) return [...value, dice.pick(VALUES), ...value];
    const at = dice.below(value.length);
    return value.map((item, index) => (index === at ? mutateJson(item, dice) : (item as unknown)));
  }
  const entries = Object.entries(value);
  const at = dice.below(entries.length + 1);
  const entry = entries[at];
  if (entry === undefined) return { ...value, [dice.pick(KEYS)]: dice.pick(VALUES) };
  const [key, inner] = entry;
  const rest = entries.filter((_, index) => index !== at);
  switch (dice.below(6)) {
    case 0:
      return Object.fromEntries(rest);
    case 1:
      return Object.fromEntries([...rest, [dice.pick(KEYS), inner]]);
    default:
      return Object.fromEntries([...rest, [key, mutateJson(inner, dice)]]);
  }
}

/** The bytes with a few of them changed, cut, doubled, or with something put in between. */
export function mutateBytes(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + dice.below(20));
  const [head, piece, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (dice.below(5)) {
    case 0:
      return Buffer.concat([head, tail]);
    case 1:
      return Buffer.concat([head, piece, piece, tail]);
    case 2:
      return Buffer.concat([head, Buffer.from(dice.pick(TOKENS)), tail]);
    case 3:
      return Buffer.from(head);
    default:
      return Buffer.concat([head, Buffer.from([dice.below(256)]), piece, tail]);
  }
}
