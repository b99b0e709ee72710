import type { IncomingHttpHeaders } from 'node:http';
import { waitFromHeaders } from '../../wait-header.ts';
import type { Wait, Waited } from '../../waiting-pipeline.ts';
import type { JsonObject } from '../wire/json-rpc.ts';
import type { ClientStream } from './client-stream.ts';

/** How long clients that opened the approval page are kept waiting: below the time-out of their requests. */
export const PAGE_WAIT_MS = 45_000;

/** A call that waits for people, with its approval. */
export type HeldCall = Waited & { readonly outcome: { readonly approval: string }; readonly approvalUrl: string };

export function isHeldCall(completed: Waited): completed is HeldCall {
  const { outcome, approvalUrl } = completed;
  return outcome.kind === 'held' && outcome.approval !== undefined && approvalUrl !== undefined;
}

/**
 * How a call waits by itself: as long as its header asks; with a progress token, as long as operators let it, with progress told
 * meanwhile so that the client does not give up.
 */
export function waitOf(headers: IncomingHttpHeaders, stream: ClientStream, token: unknown): Wait {
  const asked = waitFromHeaders(headers);
  if (!isToken(token) || !stream.mayStream) return asked;
  return { forMs: asked.forMs === 0 ? 'configured' : asked.forMs, onProgress: progressTo(stream, token) };
}

/** Tells a client that its call still waits. */
export function progressTo(stream: ClientStream, token: unknown): NonNullable<Wait['onProgress']> {
  let progress = 0;
  return ({ approval, waitedMs }) => {
    if (!isToken(token)) return;
    progress = Math.max(progress + 1, Math.round(waitedMs / 1_000));
    const message = `waiting for approval ${approval}`;
    stream.tell(notification('notifications/progress', { progressToken: token, progress, message }));
  };
}

/** What clients show a person before they open the page. The page itself says more, to those who may see it. */
export function pageQuestion({ outcome, approvalUrl }: HeldCall): JsonObject {
  const message = `A person must approve this call (${outcome.approval}). Open the page to see what it would do.`;
  return { mode: 'url', message, url: approvalUrl };
}

export function notification(method: string, params: JsonObject): object {
  return { jsonrpc: '2.0', method, params };
}

function isToken(token: unknown): token is string | number {
  return typeof token === 'string' || typeof token === 'number';
}
