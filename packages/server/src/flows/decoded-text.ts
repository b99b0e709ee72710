import { isUtf8 } from 'node:buffer';
import { MAX_DECODED, MAX_DECODED_CHARS } from './limits.ts';

// Every part is bounded: what others wrote must not make this slow.
const TOKEN =
  /[A-Za-z0-9+/_-]{12,}={0,2}|[A-Za-z0-9._~-]{0,64}(?:%[0-9A-Fa-f]{2}[A-Za-z0-9._~-]{0,64}){1,200}|(?:&#x?[0-9A-Fa-f]{1,6};[\w@.+-]{0,20}){2,200}|(?:\\u[0-9A-Fa-f]{4}){3,200}/g;
const PRINTABLE = /^[\t\n\r\x20-\x7e\u00a0-\uffff]+$/;
const HEX = /^(?:[0-9A-Fa-f]{2}){8,}$/;
/** Of three characters in four a text that somebody wrote is letters, digits and spaces; bytes read as text are not. */
const WRITTEN = /[\p{L}\p{N} .@/:_-]/gu;

/** What encoded tokens of a text say when decoded: base64, hex, percent, character references. */
export function decodedTexts(text: string): string[] {
  const found: string[] = [];
  let looked = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    looked += 1;
    if (looked > MAX_DECODED * 20 || found.length >= MAX_DECODED) break;
    const decoded = token.length > MAX_DECODED_CHARS ? undefined : decode(token);
    if (decoded !== undefined) found.push(decoded);
  }
  return found;
}

function decode(token: string): string | undefined {
  if (token.includes('%')) return percent(token);
  if (token.startsWith('&#')) return references(token);
  if (token.startsWith('\\u')) return token.replace(/\\u([0-9A-Fa-f]{4})/g, (_, hex: string) => character(hex, 16));
  const hex = HEX.test(token) ? bytes(Buffer.from(token, 'hex')) : undefined;
  return hex ?? (/[A-Z]/.test(token) || token.endsWith('=') ? bytes(Buffer.from(token, 'base64')) : undefined);
}

function bytes(buffer: Buffer): string | undefined {
  if (buffer.length < 8 || !isUtf8(buffer)) return undefined;
  const text = buffer.toString('utf8');
  if (!PRINTABLE.test(text)) return undefined;
  return (text.match(WRITTEN)?.length ?? 0) * 4 >= text.length * 3 ? text : undefined;
}

function percent(token: string): string | undefined {
  try {
    return decodeURIComponent(token);
  } catch {
    return undefined;
  }
}

function references(token: string): string {
  return token.replace(/&#(x?)([0-9A-Fa-f]+);/g, (_, hex: string, digits: string) =>
    character(digits, hex === '' ? 10 : 16),
  );
}

function character(digits: string, base: number): string {
  const code = Number.parseInt(digits, base);
  return Number.isFinite(code) && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
