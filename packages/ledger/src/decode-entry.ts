import { ENTRY_EVENTS, type LedgerEntry } from './entry.ts';
import { FormatError } from './format-error.ts';

/** An entry that this version knows, or one of a later version of which only the frame is known. */
export type DecodedEntry =
  | { readonly known: true; readonly entry: LedgerEntry }
  | { readonly known: false; readonly v: number; readonly event: string; readonly at: number };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const known: ReadonlySet<string> = new Set(ENTRY_EVENTS);

/** Throws FormatError where the bytes are no canonical JSON object with `v`, `event` and `at`. */
export function decodeEntry(bytes: Uint8Array): DecodedEntry {
  const value = parse(bytes);
  if (typeof value !== 'object' || value === null) throw new FormatError('the entry is no JSON object');
  const { v, event, at } = value as Record<string, unknown>;
  if (typeof v !== 'number' || typeof event !== 'string' || typeof at !== 'number') {
    throw new FormatError('the entry lacks v, event or at');
  }
  return v === 1 && known.has(event) ? { known: true, entry: value as LedgerEntry } : { known: false, v, event, at };
}

function parse(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  let again: string;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
    // Throws for what is nested too deep to be written.
    again = JSON.stringify(value);
  } catch {
    throw new FormatError('the entry is not JSON in UTF-8');
  }
  // Finds duplicate keys, spaces and other spellings that two readers could take differently.
  if (again !== text) throw new FormatError('the entry is not canonical JSON');
  return value;
}
