import type { Socket } from 'node:net';
import { ReeveError } from '../lib/index.ts';
import type { Connections } from './connections.ts';
import { type ErrorShape, rawError } from './error-answer.ts';

export interface FramingFaultParts {
  readonly connections: Connections;
  readonly errorShapes: readonly ErrorShape[];
  readonly maxHeaderBytes: number;
}

/** What Node says of it, as far as it is used. */
interface ParserFault {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly rawPacket?: unknown;
}

const REQUEST_LINE = /^[A-Z]+ (\/[!-~]*) HTTP\/1\.[01]\r?\n/;
const LONGEST_REQUEST_LINE = 4_096;

/** HTTP itself was broken or too slow: one answer where one is due, and nothing more on this connection. */
export function answerFramingFault(parts: FramingFaultParts, fault: ParserFault, socket: Socket): void {
  if (!socket.writable || fault.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const response = parts.connections.latestResponse(socket);
  const isFresh = response === undefined || response.writableFinished;
  // An answer here would be taken for the answer to an earlier request.
  if (
    isFresh
      ? response?.req.complete === false
      : response.req.complete || response.headersSent || response.socket !== socket
  ) {
    socket.destroy();
    return;
  }
  const url = isFresh ? urlIn(fault.rawPacket) : (response.req.url ?? '');
  socket.end(rawError(parts.errorShapes, url, errorOf(fault, parts.maxHeaderBytes)), () => socket.destroy());
}

/** The path that the broken request named, to answer in that path's shape. Nothing else is believed. */
function urlIn(packet: unknown): string {
  if (!Buffer.isBuffer(packet)) return '';
  return REQUEST_LINE.exec(packet.subarray(0, LONGEST_REQUEST_LINE).toString('latin1'))?.[1] ?? '';
}

function errorOf(fault: ParserFault, maxHeaderBytes: number): ReeveError {
  switch (fault.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ReeveError('payload_too_large', `the headers are larger than ${maxHeaderBytes} bytes`);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new ReeveError('payload_too_large', 'the chunk extensions are too large; send none');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ReeveError('request_timeout', 'the request did not arrive whole in time; send it faster');
    default:
      return new ReeveError(
        'invalid_request',
        `this is not well-formed HTTP/1.1: ${String(fault.reason ?? 'it cannot be parsed')}`,
      );
  }
}
