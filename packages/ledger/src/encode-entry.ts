import type { Usage } from '@reeve/contracts';
import { canonicalJson } from './canonical-json.ts';
import type { ActionCompleted, ActionIntended, ContentRef, EntryBody, EntryFinding, LedgerEntry } from './entry.ts';
import { FormatError } from './format-error.ts';

export const MAX_ENTRY_BYTES = 65_535;
const MAX_BYTES_PER_UNIT = 3;
const ESCAPED_SURROGATE = '\\ud';

/**
 * The entry as RFC 8785 canonical JSON; its UTF-8 bytes are what is hashed. Throws FormatError for what cannot be an entry.
 * INVARIANT: the two shapes written for every action list their keys in canonical order, which a test compares with the
 * generic encoder.
 */
export function encodeEntry(body: EntryBody, at: number): string {
  let text: string;
  if (body.event === 'action.intended') text = JSON.stringify(intended(body, at));
  else if (body.event === 'action.completed') text = JSON.stringify(completed(body, at));
  else text = canonicalJson(wellFormed({ ...body, v: 1, at } satisfies LedgerEntry));
  if (text.includes(ESCAPED_SURROGATE)) text = canonicalJson(wellFormed({ ...body, v: 1, at }));
  if (text.length * MAX_BYTES_PER_UNIT > MAX_ENTRY_BYTES) refuseLarge(text, body);
  return text;
}

function intended(body: ActionIntended, at: number): object {
  return {
    action: body.action,
    agent: body.agent,
    at: finite(at),
    credential: body.credential,
    effect: body.effect,
    event: body.event,
    feature: body.feature,
    findings: body.findings.map(finding),
    fleet: body.fleet,
    grade: body.grade,
    kind: body.kind,
    parentRun: body.parentRun,
    payload: contentRef(body.payload),
    rootRun: body.rootRun,
    run: body.run,
    tagsDigest: body.tagsDigest,
    target: body.target,
    v: 1,
    verdict: body.verdict,
    workspace: body.workspace,
  };
}

function completed(body: ActionCompleted, at: number): object {
  return {
    action: body.action,
    agent: body.agent,
    at: finite(at),
    attempts: finite(body.attempts),
    code: body.code,
    costNanoUsd: finite(body.costNanoUsd),
    durationMs: finite(body.durationMs),
    event: body.event,
    outcome: body.outcome,
    result: contentRef(body.result),
    run: body.run,
    servedBy: body.servedBy,
    sideEffect: body.sideEffect,
    usage: usage(body.usage),
    v: 1,
    workspace: body.workspace,
  };
}

function finding(from: EntryFinding): EntryFinding {
  const { by, code, message, releasedBy, rule, verdict, waitsFor } = from;
  return { by, code, message, releasedBy, rule, score: finite(from.score), verdict, waitsFor } as EntryFinding;
}

function contentRef(from: ContentRef | undefined): ContentRef | undefined {
  return from && { digest: from.digest, id: from.id, size: finite(from.size) };
}

function usage(from: Usage | undefined): Usage | undefined {
  return (
    from && {
      cacheReadTokens: finite(from.cacheReadTokens),
      cacheWrite1hTokens: finite(from.cacheWrite1hTokens),
      cacheWriteTokens: finite(from.cacheWriteTokens),
      inputTokens: finite(from.inputTokens),
      outputTokens: finite(from.outputTokens),
      reasoningTokens: finite(from.reasoningTokens),
      source: from.source,
    }
  );
}

/** JSON.stringify would write NaN as null without a word. */
function finite<T extends number | undefined>(value: T): T {
  if (value !== undefined && !Number.isFinite(value)) throw new FormatError(`JSON has no ${value}`);
  return value;
}

/** Text from outside may hold half a surrogate pair, which UTF-8 cannot: it is replaced rather than the action refused. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]));
}

function refuseLarge(text: string, body: EntryBody): void {
  const size = Buffer.byteLength(text);
  if (size <= MAX_ENTRY_BYTES) return;
  throw new FormatError(`an ${body.event} entry of ${size} bytes is over the limit of ${MAX_ENTRY_BYTES}`);
}
