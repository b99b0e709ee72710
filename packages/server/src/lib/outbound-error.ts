import { errors } from 'undici';
import { ReeveError } from './reeve-error.ts';

/** Where a call to an upstream broke off. `refused` and `connect`: nothing was sent. */
export type OutboundFailure = 'refused' | 'connect' | 'head' | 'body' | 'aborted' | 'too_large';

const CONNECT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
]);

/**
 * What undici threw, as ours; also for errors of a response's body, then with `body`. `detail.failure` says where it broke off.
 * The reason of an abort passes unchanged where it is ours: who aborts says why.
 */
export function toOutboundError(thrown: unknown, stage: 'head' | 'body' = 'head'): ReeveError {
  if (thrown instanceof ReeveError) return thrown;
  if (thrown instanceof errors.ConnectTimeoutError) {
    return timeout('the upstream did not accept the connection in time', 'connect', thrown);
  }
  if (thrown instanceof errors.HeadersTimeoutError) {
    return timeout('the upstream did not begin to answer in time', 'head', thrown);
  }
  if (thrown instanceof errors.BodyTimeoutError) {
    return timeout('the upstream stopped in the middle of its answer', 'body', thrown);
  }
  if (thrown instanceof errors.MaxOriginsReachedError) {
    return new ReeveError('overloaded', 'connections to too many hosts are open', { retryAfterSeconds: 1 });
  }
  if (isAbort(thrown)) return abortError(thrown);
  if (isConnectError(thrown)) return failed('the upstream cannot be reached', 'connect', thrown);
  return failed('the connection to the upstream broke', stage, thrown);
}

/** The reason of an abort, as ours: whoever aborts may give any value. */
export function abortError(reason: unknown): ReeveError {
  return reason instanceof ReeveError
    ? reason
    : failed('the call was ended before the upstream answered', 'aborted', reason);
}

/** Where it broke off, of an error that `toOutboundError` made. */
export function outboundFailure(error: ReeveError): OutboundFailure | undefined {
  const detail = error.detail;
  if (typeof detail !== 'object' || detail === null || !('failure' in detail)) return undefined;
  return detail.failure as OutboundFailure;
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError');
}

function isConnectError(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const { code, syscall } = thrown as { code?: unknown; syscall?: unknown };
  if (
    typeof code === 'string' &&
    (CONNECT_CODES.has(code) || /^(ERR_TLS|CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
  )
    return true;
  return syscall === 'connect' || syscall === 'getaddrinfo';
}

function timeout(message: string, failure: OutboundFailure, cause: unknown): ReeveError {
  return new ReeveError('upstream_timeout', message, { cause, detail: { failure } });
}

function failed(message: string, failure: OutboundFailure, cause: unknown): ReeveError {
  return new ReeveError('upstream_failed', message, { cause, detail: { failure } });
}
