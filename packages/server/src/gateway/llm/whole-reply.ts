import type { NanoUsd, Usage } from '@reeve/contracts';
import type { WholeReply } from '../action.ts';
import { editJson } from './json-edit.ts';
import type { JsonObject } from './json-object.ts';
import type { Surface } from './surface.ts';
import { toJsonEdits, toParts } from './text-parts.ts';

export interface WholeFacts {
  readonly surface: Surface;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly json: JsonObject | undefined;
  readonly usage: Usage | undefined;
  readonly costNanoUsd: NanoUsd | undefined;
  readonly servedBy: string;
  readonly attempts: number;
  readonly upstreamError?: string;
}

/** A reply in one piece, in the provider's own bytes. */
export function wholeReply(facts: WholeFacts): WholeReply {
  const texts = () => (facts.json === undefined ? [] : facts.surface.replyTexts(facts.json));
  return {
    kind: 'whole',
    status: facts.status,
    headers: facts.headers,
    body: facts.body,
    usage: facts.usage,
    costNanoUsd: facts.costNanoUsd,
    servedBy: facts.servedBy,
    attempts: facts.attempts,
    ...(facts.upstreamError === undefined ? {} : { upstreamError: facts.upstreamError }),
    parts: () => toParts(texts()),
    rewritten: (edits) => wholeReply({ ...facts, body: editJson(facts.body, toJsonEdits(texts(), edits)) }),
  };
}
