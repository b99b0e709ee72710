export type OnMessage = (head: string, body: Buffer) => void;

const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
/** Nothing that the bench sends or expects comes near it. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Cuts the bytes of one HTTP/1.1 connection into messages. It reads what well-behaved peers send, as fast as a script can. */
export class HttpReader {
  readonly #onMessage: OnMessage;
  #rest: Buffer | undefined;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length > 0) {
      const used = this.#readOne(bytes);
      if (used === 0) break;
      bytes = bytes.subarray(used);
    }
    if (bytes.length > MAX_MESSAGE_BYTES) throw new Error('an HTTP message is too large for the bench');
    this.#rest = bytes.length === 0 ? undefined : bytes;
  }

  /** How many bytes a whole message took; 0 while it is not whole. */
  #readOne(bytes: Buffer): number {
    const headEnd = bytes.indexOf(HEAD_END);
    if (headEnd < 0) return 0;
    const head = bytes.toString('latin1', 0, headEnd);
    const start = headEnd + HEAD_END.length;
    const length = CONTENT_LENGTH.exec(head);
    if (length === null && CHUNKED.test(head)) return this.#readChunked(head, bytes, start);
    const end = start + Number(length?.[1] ?? 0);
    if (bytes.length < end) return 0;
    this.#onMessage(head, bytes.subarray(start, end));
    return end;
  }

  #readChunked(head: string, bytes: Buffer, start: number): number {
    const parts: Buffer[] = [];
    for (let at = start; ; ) {
      const lineEnd = bytes.indexOf('\r\n', at);
      if (lineEnd < 0) return 0;
      const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
      const next = lineEnd + 2 + size + 2;
      if (bytes.length < next) return 0;
      if (size === 0) {
        this.#onMessage(head, Buffer.concat(parts));
        return next;
      }
      parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
      at = next;
    }
  }
}
