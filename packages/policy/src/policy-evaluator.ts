import { type StatefulAuthorizationCall, statefulIsAuthorized } from './cedar.ts';
import { InexpressibleValue } from './convert-args.ts';
import { convertContext } from './convert-context.ts';
import { localTime } from './local-time.ts';
import type { Policy } from './policy.ts';
import { PolicyIndex } from './policy-index.ts';
import type { PolicyRequest, PolicyResource } from './policy-request.ts';
import { cacheKey, makeSlice, type PolicySlice } from './policy-slice.ts';
import { NAMESPACE } from './scope.ts';
import { Slots } from './slots.ts';

export interface Evaluation {
  readonly decision: 'allow' | 'deny';
  /** Ids of the permits that allowed or the forbids that denied; empty where no permit matched. */
  readonly determining: readonly string[];
  /** Policies whose conditions could not be evaluated, and why. A permit that errs does not count; a forbid that errs denies. */
  readonly errors: readonly PolicyError[];
  /** Whether the denial stands for a failure to decide. */
  readonly failClosed: boolean;
  /** The value in the request that policies cannot express, in words for the caller. */
  readonly inexpressible?: string;
}

export interface PolicyError {
  readonly policy: string;
  readonly message: string;
}

interface Entry {
  readonly action: PolicyRequest['action'];
  readonly resource: PolicyResource;
  readonly slice: PolicySlice;
  readonly decisions: Map<string, Evaluation>;
}

const MAX_ENTRIES = 100_000;
const MAX_SLICES = 50_000;
const MAX_DECISIONS_PER_ENTRY = 1_000;

const NO_PERMIT: Evaluation = { decision: 'deny', determining: [], errors: [], failClosed: false };
const slots = new Slots('reeve-');

/** Evaluates one immutable set of policies. Caches live and die with the set, that is, with a fleet's version. */
export class PolicyEvaluator {
  readonly #index: PolicyIndex;
  readonly #entries = new Map<string, Map<string, Entry>>();
  #made = 0;
  readonly #slices = new Map<string, PolicySlice>();

  constructor(policies: readonly Policy[]) {
    this.#index = new PolicyIndex(policies);
  }

  /** Never throws: what cannot be decided is denied. */
  evaluate(request: PolicyRequest): Evaluation {
    try {
      return this.#evaluate(request);
    } catch (error) {
      if (error instanceof InexpressibleValue) return { ...NO_PERMIT, inexpressible: error.message };
      return failedClosed('engine', error instanceof Error ? error.message : String(error));
    }
  }

  /** The policies whose scope matches. */
  candidates(request: Pick<PolicyRequest, 'agent' | 'action' | 'resource'>): readonly Policy[] {
    const { agent, action, resource } = request;
    return this.#index.match(agent, action, resource).map((position) => this.#policy(position));
  }

  #evaluate(request: PolicyRequest): Evaluation {
    const entry = this.#entry(request);
    const { slice } = entry;
    // No permit in the slice is a denial whatever the rest says: no need to ask the engine.
    if (!slice.hasPermit) return NO_PERMIT;
    const { context } = request;
    const key = cacheKey(slice, context, () => localTime(context.atMs, context.timeZone));
    if (key === undefined) return ask(slice, request);
    const known = entry.decisions.get(key);
    if (known !== undefined) return known;
    const evaluation = ask(slice, request);
    if (evaluation.failClosed) return evaluation;
    if (entry.decisions.size >= MAX_DECISIONS_PER_ENTRY) entry.decisions.clear();
    entry.decisions.set(key, evaluation);
    return evaluation;
  }

  /** Keyed by the two names as they come, because making a key of both would cost more than both look-ups. */
  #entry({ agent, action, resource }: PolicyRequest): Entry {
    let ofAgent = this.#entries.get(agent);
    const known = ofAgent?.get(resource.name);
    if (known !== undefined && known.action === action && sameResource(known.resource, resource)) return known;
    if (++this.#made > MAX_ENTRIES) {
      this.#entries.clear();
      this.#made = 0;
      ofAgent = undefined;
    }
    if (ofAgent === undefined) {
      ofAgent = new Map();
      this.#entries.set(agent, ofAgent);
    }
    const slice = this.#slice(this.#index.match(agent, action, resource));
    const entry: Entry = { action, resource, slice, decisions: new Map() };
    ofAgent.set(resource.name, entry);
    return entry;
  }

  #slice(positions: readonly number[]): PolicySlice {
    const key = positions.join();
    const known = this.#slices.get(key);
    if (known !== undefined) return known;
    const slice = makeSlice(positions.map((position) => this.#policy(position)));
    remember(this.#slices, key, slice, MAX_SLICES);
    return slice;
  }

  #policy(position: number): Policy {
    const policy = this.#index.policies[position];
    if (policy === undefined) throw new Error('a policy position beyond the set');
    return policy;
  }
}

function ask(slice: PolicySlice, request: PolicyRequest): Evaluation {
  const answer = statefulIsAuthorized(engineCall(slice, request));
  if (answer.type === 'failure') return failedClosed('engine', answer.errors[0]?.message ?? 'the engine failed');
  const { decision, diagnostics } = answer.response;
  const errors = diagnostics.errors.map(({ policyId, error }) => ({
    policy: idOf(slice, policyId),
    message: error.message,
  }));
  const determining = diagnostics.reason.map((position) => idOf(slice, position));
  // The engine skips a policy that errs. For a permit that is strict, for a forbid it would open what was closed.
  const failClosed =
    decision === 'allow' &&
    diagnostics.errors.some(({ policyId }) => slice.policies[Number(policyId)]?.effect !== 'permit');
  if (failClosed) return { decision: 'deny', determining: [], errors, failClosed };
  return { decision: decision === 'allow' ? 'allow' : 'deny', determining, errors, failClosed };
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

function sameResource(a: PolicyResource, b: PolicyResource): boolean {
  return a.type === b.type && (a.type !== 'Tool' || b.type !== 'Tool' || a.server === b.server);
}

function failedClosed(policy: string, message: string): Evaluation {
  return { decision: 'deny', determining: [], errors: [{ policy, message }], failClosed: true };
}

function idOf(slice: PolicySlice, position: string): string {
  return slice.policies[Number(position)]?.id ?? position;
}

/** Forgets the oldest entry when full. */
function remember<V>(map: Map<string, V>, key: string, value: V, limit: number): void {
  map.set(key, value);
  if (map.size <= limit) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
