import { type ApiShape, ERRORS, type ErrorCode } from '@reeve/contracts';
import { anthropicError, anthropicStreamError } from './providers/anthropic/errors.ts';
import { geminiError, geminiStreamError } from './providers/gemini/errors.ts';
import { openaiError, openaiStreamError } from './providers/openai/errors.ts';

/** A refusal or fault, as far as a caller may know it. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
  /** Action id, to find the decision. */
  readonly id: string;
  /** What a held call waits for, and where people answer. */
  readonly approval?: { readonly id: string; readonly url: string | undefined };
}

export interface WireError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Refusal {
  readonly code?: ErrorCode | undefined;
  readonly message?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly approval?: string | undefined;
  readonly approvalUrl?: string | undefined;
}

/** Longer waits make clients sleep for hours. */
const MAX_RETRY_AFTER_SECONDS = 60;
const BODIES = { openai: openaiError, anthropic: anthropicError, gemini: geminiError } as const;
const STREAM_EVENTS = {
  openai: openaiStreamError,
  anthropic: anthropicStreamError,
  gemini: geminiStreamError,
} as const;

/** The caller's own error shape. `x-should-retry` keeps official SDKs from repeating what cannot succeed. */
export function toWireError(shape: ApiShape, refusal: Refusal, id: string): WireError {
  const facts = factsOf(refusal, id);
  const { retryable } = ERRORS[facts.code];
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    [shape === 'anthropic' ? 'request-id' : 'x-request-id']: id,
  };
  if (!retryable) headers['x-should-retry'] = 'false';
  else if (refusal.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(
      Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(refusal.retryAfterSeconds))),
    );
  }
  return { status: facts.status, headers, body: Buffer.from(JSON.stringify(BODIES[shape](facts))) };
}

/** An event that makes official SDKs raise in the middle of a stream. */
export function toStreamError(shape: ApiShape, surface: string, refusal: Refusal, id: string): Buffer {
  return Buffer.from(STREAM_EVENTS[shape](factsOf(refusal, id), surface));
}

function factsOf(refusal: Refusal, id: string): ErrorFacts {
  const code = refusal.code ?? 'internal';
  const entry = ERRORS[code];
  const said = refusal.message ?? entry.title;
  const { approval, approvalUrl } = refusal;
  if (approval === undefined) return { code, status: entry.status, message: `${said} (${id})`, id };
  // Most clients show the message and nothing else.
  const message = `${said} (${approvalUrl ?? approval}; ${id})`;
  return { code, status: entry.status, message, id, approval: { id: approval, url: approvalUrl } };
}
