import { createHash, type Hash } from 'node:crypto';
import type { Conversation, Message } from '../flows/index.ts';

/** Of a long conversation only the latest turns are looked for: a client that goes on repeats all but those. */
const MAX_TURNS = 4;
const SPACE = /\s+/g;

/**
 * A conversation as one running hash of who said what. System prompts are left out, as clients put the time of day there; of the model's
 * own words white space does not count, as clients put them together from pieces.
 *
 * INVARIANT: what a reply adds is hashed as the next request repeats it.
 */
export class Thread {
  readonly #hash: Hash;
  /** Ends of the model's turns that something follows, latest first. */
  readonly turns: readonly string[];
  /** The request as far as it was before the first of these turns: what they were told to go on from. */
  readonly openings: readonly string[];
  /** Whether there is anything to tell it from others by. */
  readonly isTelling: boolean;

  constructor(key: string, conversation: Conversation) {
    const messages = conversation.messages.filter(({ role }) => role !== 'system');
    this.isTelling = messages.length > 0 && conversation.cut !== true;
    this.#hash = createHash('sha256').update(key);
    const turns: string[] = [];
    const openings: string[] = [];
    const first = this.isTelling ? turnsFrom(messages, MAX_TURNS) : messages.length;
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i] as Message;
      const isAnswer = message.role === 'assistant';
      if (i >= first && isAnswer && messages[i - 1]?.role !== 'assistant') openings.unshift(this.end());
      feed(this.#hash, message);
      if (i >= first && isAnswer && i + 1 < messages.length && messages[i + 1]?.role !== 'assistant')
        turns.unshift(this.end());
    }
    this.turns = turns;
    this.openings = openings;
  }

  /** The conversation as it stands. */
  end(): string {
    return this.#hash.copy().digest('base64url');
  }

  /** The conversation once the model has added this. */
  after(answer: readonly Message[]): string {
    const hash = this.#hash.copy();
    for (const message of answer) feed(hash, message);
    return hash.digest('base64url');
  }
}

/** Index of the message with which the last few turns of the model begin. */
function turnsFrom(messages: readonly Message[], turns: number): number {
  let found = 0;
  let at = messages.length;
  while (at > 0 && found < turns) {
    at -= 1;
    if (messages[at]?.role === 'assistant' && messages[at - 1]?.role !== 'assistant') found += 1;
  }
  return at;
}

function feed(hash: Hash, { role, text, calls }: Message): void {
  if (role !== 'assistant') {
    hash.update(`\n${role} ${text.length} `).update(text);
    return;
  }
  // Without marks between messages: clients join and split what the model said.
  hash.update(text.replace(SPACE, ''));
  if (calls === undefined) return;
  for (const { id = '', name, args } of calls) hash.update(`\ncall ${id} ${name} `).update(JSON.stringify(args));
}
