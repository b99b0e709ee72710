import type { IncomingHttpHeaders } from 'node:http';
import type { Attribution } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';

/** Attribution under construction: the fields that callers may set. */
export type AttributionFields = { -readonly [Key in keyof Attribution]: Attribution[Key] };

export const RUN_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_VALUE = 256;
const CONTROL_CHARACTER = /\p{Cc}/u;
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/;

const FIELDS = [
  ['run', 'x-reeve-run', 'reeve.run'],
  ['parentRun', 'x-reeve-parent-run', 'reeve.parent-run'],
  ['feature', 'x-reeve-feature', 'reeve.feature'],
  ['user', 'x-reeve-user', 'reeve.user'],
  ['session', 'x-reeve-session', 'reeve.session'],
  ['reason', 'x-reeve-reason', 'reeve.reason'],
] as const satisfies readonly (readonly [keyof Attribution, string, string])[];

/** What headers say about an action: x-reeve-*, else W3C baggage and traceparent. Throws ReeveError `invalid_request`. */
export function attributionFromHeaders(headers: IncomingHttpHeaders): Attribution {
  const fields: AttributionFields = {};
  const baggage = typeof headers.baggage === 'string' ? readBaggage(headers.baggage) : undefined;
  for (const [field, header, key] of FIELDS) {
    const value = headers[header] ?? baggage?.get(key);
    if (value !== undefined)
      fields[field] = checkedValue(field, header, Array.isArray(value) ? value.join(',') : value);
  }
  const trace = typeof headers.traceparent === 'string' ? TRACEPARENT.exec(headers.traceparent)?.[1] : undefined;
  if (trace !== undefined) fields.traceId = trace;
  return fields;
}

/** A value that names a run, or any other tag. Throws ReeveError `invalid_request`. */
function checkedValue(field: keyof Attribution, header: string, value: string): string {
  if (field === 'run' || field === 'parentRun') {
    if (RUN_NAME.test(value)) return value;
    throw new ReeveError('invalid_request', `${header} must be 1 to 64 of A-Z a-z 0-9 _ -`);
  }
  if (isTagValue(value)) return value;
  throw new ReeveError('invalid_request', `${header} must be 1 to ${MAX_VALUE} characters without control characters`);
}

export function isTagValue(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_VALUE && !CONTROL_CHARACTER.test(value);
}

function readBaggage(header: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const member of header.split(',')) {
    const [pair] = member.split(';');
    const equals = pair?.indexOf('=') ?? -1;
    if (pair === undefined || equals < 1) continue;
    const value = decoded(pair.slice(equals + 1).trim());
    if (value !== undefined) entries.set(pair.slice(0, equals).trim(), value);
  }
  return entries;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
