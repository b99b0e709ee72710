/** A model call's messages as far as the flow of information needs them, whatever the API. */
export interface Conversation {
  readonly messages: readonly Message[];
  /** Set where some of it was left out: what is not found in it may have come from anywhere. */
  readonly cut?: boolean;
}

export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  /** Of role `tool`: which call it answers. */
  readonly callId?: string;
  /** Of role `tool`, where the wire says it or an earlier call of the conversation has that id: the name the model used. */
  readonly toolName?: string;
  /** Of role `tool`: the declared or known tool, `server.tool`, that this name means for this agent; absent where none or several. */
  readonly tool?: string;
  /** Of role `assistant`: what the model proposed. */
  readonly calls?: readonly ProposedCall[];
}

export interface ProposedCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}
