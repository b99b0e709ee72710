import { FormatError } from './format-error.ts';

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Node's decoder skips stray characters and non-zero tail bits, so the result is encoded again and compared. */
export function fromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new FormatError('not standard base64 with padding');
  return new Uint8Array(bytes);
}
