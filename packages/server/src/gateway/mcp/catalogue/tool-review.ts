import { type DefinitionChange, definitionChanges, hiddenCharacters } from './definition-review.ts';
import { type PinState, pinState, type ToolPin } from './tool-pin.ts';

/** A definition that waits for a person, with what differs from the approved one. */
export interface ToolReview {
  readonly server: string;
  readonly tool: string;
  readonly state: PinState;
  readonly approvedHash: string | undefined;
  readonly seenHash: string;
  readonly seenAtMs: number;
  readonly changes: readonly DefinitionChange[];
  readonly hidden: readonly string[];
}

export function toReview(pin: ToolPin): ToolReview {
  return {
    server: pin.server,
    tool: pin.tool,
    state: pinState(pin),
    approvedHash: pin.pinned?.hash,
    seenHash: pin.seen.hash,
    seenAtMs: pin.seen.atMs,
    changes: definitionChanges(pin.pinned?.definition, pin.seen.definition),
    hidden: hiddenCharacters(JSON.parse(pin.seen.definition)),
  };
}
