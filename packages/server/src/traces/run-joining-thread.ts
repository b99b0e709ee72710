import { hash } from 'node:crypto';
import type { Conversation, Message } from '../flows/index.ts';

/** Of a long conversation only the latest turns are looked for: a client that goes on repeats all but those. */
const MAX_TURNS = 4;
const SPACE = /\s+/g;

/**
 * A conversation as a chain of hashes of who said what, one link for each change between the model and the others. System prompts are
 * left out, as clients put the time of day there; of the model's own words white space does not count, as clients put them together
 * from pieces.
 *
 * INVARIANT: what a reply adds is hashed as the next request repeats it.
 */
export class Thread {
  readonly #end: string;
  /** Where the turn begins that the model goes on with, and what it holds already: an answer may be begun for it. */
  readonly #turn: { readonly from: string; readonly said: string };
  /** Ends of the model's turns that something follows, latest first. */
  readonly turns: readonly string[];
  /** The request as far as it was before the first of these turns: what they were told to go on from. */
  readonly openings: readonly string[];
  /** Whether there is anything to tell it from others by. */
  readonly isTelling: boolean;

  constructor(key: string, conversation: Conversation) {
    const turns: string[] = [];
    const openings: string[] = [];
    let end = key;
    let said = '';
    let before: Message | undefined;
    for (const message of conversation.messages) {
      if (message.role === 'system') continue;
      if (before !== undefined && isAnswer(before) !== isAnswer(message)) {
        end = link(end, said);
        said = '';
        (isAnswer(message) ? openings : turns).push(end);
      }
      said += told(message);
      before = message;
    }
    this.#end = link(end, said);
    this.#turn = before !== undefined && isAnswer(before) ? { from: end, said } : { from: this.#end, said: '' };
    this.isTelling = before !== undefined && conversation.cut !== true;
    this.turns = this.isTelling ? latest(turns) : [];
    this.openings = this.isTelling ? latest(openings) : [];
  }

  /** The conversation as it stands. */
  end(): string {
    return this.#end;
  }

  /** The conversation once the model has added this. */
  after(answer: readonly Message[]): string {
    const { from, said } = this.#turn;
    return link(from, said + answer.map(told).join(''));
  }
}

function isAnswer({ role }: Message): boolean {
  return role === 'assistant';
}

function link(before: string, said: string): string {
  return hash('sha256', `${before}\n${said}`, 'base64url');
}

function latest(ends: string[]): readonly string[] {
  return ends.slice(-MAX_TURNS).reverse();
}

function told({ role, text, calls }: Message): string {
  if (role !== 'assistant') return `\n${role} ${text.length} ${text}`;
  // Without marks between messages: clients join and split what the model said.
  const words = text.replace(SPACE, '');
  if (calls === undefined) return words;
  return words + calls.map(({ id = '', name, args }) => `\ncall ${id} ${name} ${JSON.stringify(args)}`).join('');
}
