import { InexpressibleValue } from './convert-args.ts';
import { decideLayer, type Evaluation, failedClosed, type Layer, NO_PERMIT } from './decide-layer.ts';
import { localTime } from './local-time.ts';
import type { Policy, PolicyAction } from './policy.ts';
import { PolicyIndex } from './policy-index.ts';
import type { PolicyRequest, PolicyResource } from './policy-request.ts';
import { cacheKey, makeSlice, type PolicySlice } from './policy-slice.ts';

interface Entry {
  readonly action: PolicyRequest['action'];
  readonly resource: PolicyResource;
  readonly enforced: Layer;
  /** With the policies in dry-run; undefined where none is about this. */
  readonly tried: Layer | undefined;
  readonly decisions: Map<string, Evaluation>;
}

const MAX_ENTRIES = 100_000;
const MAX_SLICES = 50_000;
const MAX_DECISIONS_PER_ENTRY = 1_000;

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
      return refusal(error);
    }
  }

  /** The policies whose scope matches. */
  candidates(request: Pick<PolicyRequest, 'agent' | 'action' | 'resource'>): readonly Policy[] {
    const { agent, action, resource } = request;
    return this.#index.match(agent, action, resource).map((position) => this.#policy(position));
  }

  #evaluate(request: PolicyRequest): Evaluation {
    const entry = this.#entry(request);
    const { all } = entry.tried ?? entry.enforced;
    if (!all.hasPermit) return NO_PERMIT;
    const { context } = request;
    const key = cacheKey(all, context, () => localTime(context.atMs, context.timeZone));
    if (key === undefined) return decideEntry(entry, request);
    const known = entry.decisions.get(key);
    if (known !== undefined) return known;
    const evaluation = decideEntry(entry, request);
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
    const entry: Entry = { action, resource, ...this.#layers(agent, action, resource), decisions: new Map() };
    ofAgent.set(resource.name, entry);
    return entry;
  }

  #layers(agent: string, action: PolicyAction, resource: PolicyResource): Pick<Entry, 'enforced' | 'tried'> {
    const matching = this.#index.match(agent, action, resource);
    const enforced = matching.filter((position) => !this.#policy(position).dryRun);
    const tried = enforced.length === matching.length ? undefined : this.#layer(matching);
    return { enforced: this.#layer(enforced), tried };
  }

  #layer(positions: readonly number[]): Layer {
    const firm = positions.filter((position) => this.#policy(position).hold === undefined);
    const all = this.#slice(positions);
    return { all, firm: firm.length === positions.length ? all : this.#slice(firm) };
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

/** What policies in dry-run would change is told beside what is decided without them. */
function decideEntry({ enforced, tried }: Entry, request: PolicyRequest): Evaluation {
  const decided = decideLayer(enforced, request);
  if (tried === undefined) return decided;
  const { decision, determining, failClosed } = attempt(tried, request);
  if (decision === decided.decision) return decided;
  const policies = tried.all.policies.filter((policy) => policy.dryRun).map(({ id }) => id);
  return { ...decided, dryRun: { decision, determining, failClosed, policies } };
}

/** A policy in dry-run that fails must not touch the decision. */
function attempt(layer: Layer, request: PolicyRequest): Evaluation {
  try {
    return decideLayer(layer, request);
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): Evaluation {
  if (error instanceof InexpressibleValue) return { ...NO_PERMIT, inexpressible: error.message };
  return failedClosed([{ policy: 'engine', message: error instanceof Error ? error.message : String(error) }]);
}

function sameResource(a: PolicyResource, b: PolicyResource): boolean {
  return a.type === b.type && (a.type !== 'Tool' || b.type !== 'Tool' || a.server === b.server);
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
