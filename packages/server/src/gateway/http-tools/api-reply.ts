import type { NanoUsd } from '@reeve/contracts';
import type { WholeReply } from '../action.ts';
import { editMap, textParts, withEdits } from '../tools/index.ts';

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly bytes: Buffer;
}

interface ReplyFacts {
  readonly servedBy: string;
  readonly costNanoUsd: NanoUsd;
  readonly sideEffect: string | undefined;
  readonly upstreamError: string | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** What an API answered, as JSON: its own JSON, else its text, else its bytes in base64. */
export function apiResult(answer: Answer): unknown {
  if (answer.bytes.length === 0) return null;
  let text: string;
  try {
    text = decoder.decode(answer.bytes);
  } catch {
    return { contentType: answer.contentType, base64: answer.bytes.toString('base64') };
  }
  if (!/[/+]json\b/i.test(answer.contentType)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A reply whose body is the result as JSON. */
export function apiReply(result: unknown, facts: ReplyFacts): WholeReply {
  return {
    kind: 'whole',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: encoder.encode(JSON.stringify(result)),
    usage: undefined,
    costNanoUsd: facts.costNanoUsd,
    ...(facts.sideEffect === undefined ? {} : { sideEffect: facts.sideEffect }),
    ...(facts.upstreamError === undefined ? {} : { upstreamError: facts.upstreamError }),
    servedBy: facts.servedBy,
    attempts: 1,
    parts: () => textParts(result, 'result', 'result'),
    rewritten: (edits) => apiReply(withEdits(result, 'result', editMap(edits)), facts),
  };
}

/** What is wrong with an answer, in words for the caller, or undefined. */
export function answerFault(status: number): string | undefined {
  if (status < 300) return undefined;
  if (status < 400) return `the API answered with a redirect (${status}), which is never followed`;
  return `the API answered ${status}`;
}
