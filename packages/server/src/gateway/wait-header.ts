import type { IncomingHttpHeaders } from 'node:http';
import { durationMs } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import { MAX_WAIT_MS, NO_WAIT, type Wait } from './waiting-pipeline.ts';

/** `x-reeve-wait: 30s`: how long a caller would rather wait than be told that a person must approve first. */
export function waitFromHeaders(headers: IncomingHttpHeaders): Wait {
  const text = headers['x-reeve-wait'];
  if (text === undefined) return NO_WAIT;
  if (typeof text !== 'string' || !/^\d{1,9}(ms|s|m|h|d)$/.test(text))
    throw new ReeveError('invalid_request', `x-reeve-wait is a duration such as 30s, at most ${MAX_WAIT_MS / 1_000}s`);
  return { forMs: Math.min(durationMs(text), MAX_WAIT_MS) };
}
