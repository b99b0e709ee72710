/** A piece of text on its way in or out. */
export interface ContentPart {
  /** Where it stands, e.g. `messages[2].content[0].text` or `args.query`. Unique within one action's input or output. */
  readonly path: string;
  readonly role: 'system' | 'user' | 'assistant' | 'tool' | 'arguments' | 'result';
  readonly text: string;
  /** A name of a member or a number: not a text of its own, so that checks of a text's form do not apply. */
  readonly fragment?: true;
}

export interface ContentEdit {
  readonly path: string;
  readonly text: string;
}
