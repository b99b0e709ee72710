import type { ServerResponse } from 'node:http';
import { type ApiShape, formatUsd } from '@reeve/contracts';
import type { ReeveError } from '../../lib/index.ts';
import { approvalHeaders } from '../approval-headers.ts';
import type { Waited } from '../waiting-pipeline.ts';
import { toWireError } from './wire-error.ts';

/** Writes how an action ended. A stream has written itself. */
export function answer(response: ServerResponse, shape: ApiShape, completed: Waited): void {
  if (completed.streaming || response.destroyed) return;
  const { reply, outcome, action } = completed;
  const headers = actionHeaders(completed);
  // An upstream's own error is final, and goes on in its own bytes.
  if (reply !== undefined && (outcome.kind === 'succeeded' || outcome.kind === 'upstream_failed')) {
    response.writeHead(reply.status, { ...reply.headers, ...headers, 'content-length': reply.body.length });
    response.end(reply.body);
    return;
  }
  const error = toWireError(shape, { ...outcome, approvalUrl: completed.approvalUrl }, action.id);
  response.writeHead(error.status, { ...error.headers, ...headers, 'content-length': error.body.length });
  response.end(error.body);
}

function actionHeaders(completed: Waited): Record<string, string> {
  const headers: Record<string, string> = { 'x-reeve-action': completed.action.id };
  if (completed.run !== undefined) headers['x-reeve-run'] = completed.run.name;
  if (completed.decision !== undefined) headers['x-reeve-decision'] = completed.decision.verdict;
  headers['x-reeve-cost-usd'] = formatUsd(completed.costNanoUsd);
  return completed.outcome.approval === undefined ? headers : { ...headers, ...approvalHeaders(completed) };
}

export function answerError(response: ServerResponse, shape: ApiShape, error: ReeveError, id: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const wire = toWireError(shape, error, id);
  response.writeHead(wire.status, { ...wire.headers, 'content-length': wire.body.length });
  response.end(wire.body);
}

export function answerJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}
