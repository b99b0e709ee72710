import type { WaitsFor } from './annotations.ts';
import { type StatefulAuthorizationCall, statefulIsAuthorized } from './cedar.ts';
import { convertContext } from './convert-context.ts';
import type { Policy } from './policy.ts';
import type { PolicyRequest } from './policy-request.ts';
import type { PolicySlice } from './policy-slice.ts';
import { NAMESPACE } from './scope.ts';
import { Slots } from './slots.ts';

export interface Evaluation {
  readonly decision: 'allow' | 'hold' | 'deny';
  /** Ids of the permits that allowed or the forbids that denied or held; empty where no permit matched. */
  readonly determining: readonly string[];
  /** Policies whose conditions could not be evaluated, and why. A permit that errs does not count; a forbid that errs denies. */
  readonly errors: readonly PolicyError[];
  /** Whether the denial stands for a failure to decide. */
  readonly failClosed: boolean;
  /** The value in the request that policies cannot express, in words for the caller. */
  readonly inexpressible?: string;
  /** Of a hold: what each of the determining policies waits for. */
  readonly holds?: readonly Hold[];
  /** What the first determining forbid with words of its own says to the caller. */
  readonly message?: string;
  /** How it would have been decided with the policies in dry-run; absent where they change nothing. */
  readonly dryRun?: DryRun;
}

export interface Hold {
  readonly policy: string;
  readonly waitsFor: WaitsFor;
  readonly message: string | undefined;
}

export interface DryRun extends Pick<Evaluation, 'decision' | 'determining' | 'failClosed'> {
  /** Policies in dry-run that the request is about. */
  readonly policies: readonly string[];
}

export interface PolicyError {
  readonly policy: string;
  readonly message: string;
}

/** Policies that decide together. `firm` leaves out the forbids that only hold, and is `all` where there are none. */
export interface Layer {
  readonly all: PolicySlice;
  readonly firm: PolicySlice;
}

export const NO_PERMIT: Evaluation = { decision: 'deny', determining: [], errors: [], failClosed: false };
const slots = new Slots('reeve-');

/** A hold stands only where nothing else denies: the engine is asked again without the forbids that hold. */
export function decideLayer({ all, firm }: Layer, request: PolicyRequest): Evaluation {
  // No permit in the slice is a denial whatever the rest says: no need to ask the engine.
  if (!all.hasPermit) return NO_PERMIT;
  const answer = ask(all, request);
  const holding = answer.reasons.filter(({ hold }) => hold !== undefined);
  if (answer.decision === 'allow' || holding.length === 0) return evaluationOf(answer);
  if (holding.length < answer.reasons.length)
    return evaluationOf({ ...answer, reasons: answer.reasons.filter(({ hold }) => hold === undefined) });
  const without = ask(firm, request);
  if (without.decision === 'deny') return evaluationOf(without);
  if (answer.forbidErred || without.forbidErred) return failedClosed(answer.errors);
  return { ...evaluationOf(answer), decision: 'hold', holds: holding.map(holdOf) };
}

export function failedClosed(errors: readonly PolicyError[]): Evaluation {
  return { decision: 'deny', determining: [], errors, failClosed: true };
}

interface Answer {
  readonly decision: 'allow' | 'deny';
  readonly reasons: readonly Policy[];
  readonly errors: readonly PolicyError[];
  readonly forbidErred: boolean;
}

function ask(slice: PolicySlice, request: PolicyRequest): Answer {
  const answer = statefulIsAuthorized(engineCall(slice, request));
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message ?? 'the engine failed');
  const { decision, diagnostics } = answer.response;
  return {
    decision: decision === 'allow' ? 'allow' : 'deny',
    reasons: [...diagnostics.reason].sort(byPosition).map((position) => policyAt(slice, position)),
    errors: diagnostics.errors.map(({ policyId, error }) => ({
      policy: policyAt(slice, policyId).id,
      message: error.message,
    })),
    forbidErred: diagnostics.errors.some(({ policyId }) => policyAt(slice, policyId).effect === 'forbid'),
  };
}

/** The engine skips a policy that errs. For a permit that is strict, for a forbid it would open what was closed. */
function evaluationOf({ decision, reasons, errors, forbidErred }: Answer): Evaluation {
  if (decision === 'allow' && forbidErred) return failedClosed(errors);
  const message = decision === 'allow' ? undefined : reasons.find((policy) => policy.message !== undefined)?.message;
  const determining = reasons.map(({ id }) => id);
  return { decision, determining, errors, failClosed: false, ...(message !== undefined && { message }) };
}

function holdOf({ id, hold, message }: Policy): Hold {
  return { policy: id, waitsFor: hold ?? 'person', message };
}

function engineCall(slice: PolicySlice, request: PolicyRequest): StatefulAuthorizationCall {
  const { agent, action, resource } = request;
  const uid = { type: `${NAMESPACE}::${resource.type}`, id: resource.name };
  const server = resource.type === 'Tool' ? [{ type: `${NAMESPACE}::ToolServer`, id: resource.server }] : [];
  return {
    principal: { type: `${NAMESPACE}::Agent`, id: agent },
    action: { type: `${NAMESPACE}::Action`, id: action },
    resource: uid,
    context: convertContext(request.context, slice.reads),
    preparsedPolicySetId: slots.nameFor(slice.owner, slice.policies),
    entities: resource.type === 'Tool' ? [{ uid, attrs: {}, parents: server }] : [],
  };
}

/** The engine names them in no order. */
function byPosition(a: string, b: string): number {
  return Number(a) - Number(b);
}

function policyAt(slice: PolicySlice, position: string): Policy {
  const policy = slice.policies[Number(position)];
  if (policy === undefined) throw new Error(`the engine names policy ${position}, which is not in the set`);
  return policy;
}
