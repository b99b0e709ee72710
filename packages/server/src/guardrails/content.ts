/** A piece of text on its way in or out. */
export interface ContentPart {
  /** Where it stands, e.g. `messages[2].content[0].text` or `args.query`. Unique within one action's input or output. */
  readonly path: string;
  readonly role: 'system' | 'user' | 'assistant' | 'tool' | 'arguments' | 'result';
  readonly text: string;
}

export interface ContentEdit {
  readonly path: string;
  readonly text: string;
}
