import { setTimeout as delay } from 'node:timers/promises';
import { outboundFailure, type ReeveError } from '../../lib/index.ts';
import type { Execution, WholeReply } from '../action.ts';
import type { Route, Target } from './target.ts';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

/** How one attempt on one target ended. */
export type Attempt =
  | { readonly kind: 'served'; readonly execution: Execution }
  /** The upstream answered with an error: final, or a reason to try again, by its status. */
  | { readonly kind: 'refused'; readonly status: number; readonly reply: WholeReply }
  /** No answer, or none that may be passed on. */
  | { readonly kind: 'broken'; readonly error: ReeveError };

export interface AttemptPlan {
  readonly route: Route;
  /** In the order in which to try them. */
  readonly targets: readonly Target[];
  readonly signal: AbortSignal;
  readonly now: () => number;
  send(target: Target, attempt: number): Promise<Attempt>;
}

/** Tries targets in turn until one serves or answers for good. Nothing has reached the caller before this returns. */
export async function tryTargets(plan: AttemptPlan): Promise<Execution> {
  let attempts = 0;
  let last: Attempt | undefined;
  for (const target of plan.targets) {
    for (let retry = 0; retry <= plan.route.retries; retry++) {
      if (retry > 0) await delay(backoffMs(retry), undefined, { signal: plan.signal });
      attempts += 1;
      const startedAtMs = plan.now();
      target.health.started();
      last = await plan.send(target, attempts);
      if (noteHealth(plan, target, last, startedAtMs)) return finish(last);
      if (!mayRepeat(plan.route, last)) break;
    }
    if (last !== undefined && !mayFallBack(plan.route, last)) break;
  }
  return finish(last);
}

function finish(attempt: Attempt | undefined): Execution {
  if (attempt === undefined) throw new Error('a route without targets');
  if (attempt.kind === 'served') return attempt.execution;
  if (attempt.kind === 'refused') return attempt.reply;
  throw attempt.error;
}

/** Answers whether the call is over with this attempt. */
function noteHealth(plan: AttemptPlan, target: Target, attempt: Attempt, startedAtMs: number): boolean {
  if (attempt.kind === 'served') {
    target.health.succeeded(plan.now() - startedAtMs);
    return true;
  }
  if (plan.signal.aborted || !isFault(attempt)) target.health.ended();
  else target.health.failed(plan.now(), plan.route.circuit);
  return plan.signal.aborted;
}

/** Whether an attempt says that the target, and not the request, is in trouble. */
function isFault(attempt: Attempt): boolean {
  if (attempt.kind === 'refused') return attempt.status === 429 || attempt.status >= 500;
  return attempt.kind === 'broken';
}

function mayRepeat(route: Route, attempt: Attempt): boolean {
  if (attempt.kind === 'refused') return matches(route, attempt.status);
  if (attempt.kind !== 'broken') return false;
  if (attempt.error.code === 'upstream_timeout') return route.retryOn.has('timeout');
  const failure = outboundFailure(attempt.error);
  return (failure === 'connect' || failure === 'head' || failure === 'body') && route.retryOn.has('connect');
}

/** Another target may also succeed where this one's credential or model is refused. */
function mayFallBack(route: Route, attempt: Attempt): boolean {
  return attempt.kind === 'broken'
    ? attempt.error.code !== 'destination_denied'
    : attempt.kind === 'refused' && matches(route, attempt.status);
}

function matches(route: Route, status: number): boolean {
  return route.retryOn.has(status) || route.retryOn.has(String(status)) || (status >= 500 && route.retryOn.has('5xx'));
}

function backoffMs(retry: number): number {
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (retry - 1));
  return ceiling / 2 + Math.random() * (ceiling / 2);
}
