import type { Finding } from '@reeve/contracts';
import type { ContentEdit, ContentPart } from './content.ts';
import type { Redactions } from './redactions.ts';

export interface Inspection {
  readonly findings: readonly Finding[];
  readonly edits: readonly ContentEdit[];
}

/** The checks of one agent at one place, compiled. Holds no state of its own: one serves all actions. */
export interface Checker {
  /** @param redactions shared by input and output of one action, so that a value has the same placeholder in both */
  inspect(parts: readonly ContentPart[], redactions?: Redactions): Inspection | Promise<Inspection>;
  stream(redactions?: Redactions): StreamInspector;
}

export interface StreamStep {
  /** Chunks that may go on now, in the order of their arrival. */
  readonly release: readonly { readonly chunkId: number; readonly edits: readonly ContentEdit[] }[];
  readonly findings: readonly Finding[];
}

/**
 * Inspects text that arrives in pieces. Parts of the same path are one text. A chunk is held back only while text in it, or
 * in a chunk before it, may belong to an unfinished match. After a finding that denies or holds nothing is released.
 */
export interface StreamInspector {
  push(chunkId: number, parts: readonly ContentPart[]): StreamStep;
  end(): StreamStep;
}
