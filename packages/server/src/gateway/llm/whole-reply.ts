import type { NanoUsd, Usage } from '@reeve/contracts';
import type { WholeReply } from '../action.ts';
import { answerOf } from './answer-of.ts';
import { editJson, type JsonEdit } from './json-edit.ts';
import { type JsonObject, parseUpstreamObject } from './json-object.ts';
import type { Surface } from './surface.ts';
import { collectTexts, type TextAt, toJsonEdits, toParts } from './text-parts.ts';

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
  const texts = () => textsOf(facts);
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
    answer: () => (facts.upstreamError === undefined ? answerOf(facts.surface, facts.json) : undefined),
    rewritten: (edits) => {
      const { upstreamError } = facts;
      // What was redacted in the body may stand in the message made of it.
      const told = upstreamError === undefined ? {} : { upstreamError: 'the provider refused the request' };
      return wholeReply({ ...facts, ...rewrittenBody(facts, toJsonEdits(texts(), edits)), ...told });
    },
  };
}

/** Of an answer what the model said; of a refusal every text, for a provider can put anything anywhere in it. */
function textsOf({ surface, json, body, upstreamError }: WholeFacts): TextAt[] {
  if (upstreamError === undefined) return json === undefined ? [] : surface.replyTexts(json);
  const out: TextAt[] = [];
  collectTexts(json ?? body.toString('utf8'), [], 'assistant', out, true);
  return out.map((text) => ({ ...text, path: ['reply', ...text.at].join('.') }));
}

function rewrittenBody({ json, body }: WholeFacts, edits: readonly JsonEdit[]): Pick<WholeFacts, 'json' | 'body'> {
  if (json === undefined) {
    const [edit] = edits;
    return { json, body: edit === undefined ? body : Buffer.from(JSON.parse(edit.json) as string) };
  }
  const edited = editJson(body, edits, 'last');
  return { json: parseUpstreamObject(edited.toString('utf8')), body: edited };
}
