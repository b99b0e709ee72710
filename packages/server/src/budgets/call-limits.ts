import { createHash } from 'node:crypto';
import { type Agent, durationMs, type Finding } from '@reeve/contracts';
import type { Coordination, WindowCount } from '../coordination/index.ts';
import { BoundedMap } from '../lib/index.ts';

/** What holds for an agent that sets no limit of its own. Meant to stop a loop, not a day's work: raise them in the agent's `limits`. */
export const DEFAULT_CALL_LIMITS = {
  toolCallsPerRun: 200,
  toolCallsPerMinute: 120,
  modelCallsPerRun: 500,
  modelCallsPerMinute: 300,
  retriesPerCall: 10,
  wallClockPerRun: '4h',
} as const;

const MAX_RUNS = 5_000;
const MAX_FINGERPRINTS_PER_RUN = 1_000;
const MAX_FINGERPRINT_LENGTH = 64;
const MINUTE_MS = 60_000;

export interface CallFacts {
  readonly workspace: string;
  readonly agent: Agent;
  readonly run: { readonly id: string; readonly startedAtMs: number };
  readonly kind: 'model' | 'tool';
  /** The same for identical calls; undefined where repeating is not counted. */
  readonly fingerprint: string | undefined;
  readonly atMs: number;
}

export interface CallCounts {
  readonly model: number;
  readonly tool: number;
}

export interface CallLimitsOptions {
  readonly coordination: Coordination;
  /** Calls on record, for runs that this process does not remember. */
  readonly countCalls: (workspace: string, run: string) => Promise<CallCounts>;
  readonly now?: () => number;
  /** Runs kept in memory; fewer only in tests. */
  readonly maxRuns?: number;
}

interface Limits {
  readonly toolCallsPerRun: number;
  readonly toolCallsPerMinute: number;
  readonly modelCallsPerRun: number;
  readonly modelCallsPerMinute: number;
  readonly retriesPerCall: number;
  readonly wallClockPerRun: string;
  readonly wallClockMs: number;
}

interface RunState {
  model: number;
  tool: number;
  readonly startedAtMs: number;
  readonly identical: BoundedMap<string, number>;
}

const NONE: readonly Finding[] = [];

/** Counts calls against the limits of agents and runs. A call that is refused is not counted. */
export class CallLimits {
  readonly #coordination: Coordination;
  readonly #countCalls: (workspace: string, run: string) => Promise<CallCounts>;
  readonly #maxRuns: number;
  /** Least recently used first. */
  readonly #runs = new Map<string, RunState>();
  readonly #loading = new Map<string, Promise<RunState>>();
  /** A run that started later than this was never forgotten, so what is not in memory did not happen. */
  #forgottenUntilMs: number;

  constructor({ coordination, countCalls, now = Date.now, maxRuns = MAX_RUNS }: CallLimitsOptions) {
    this.#coordination = coordination;
    this.#countCalls = countCalls;
    this.#maxRuns = maxRuns;
    this.#forgottenUntilMs = now();
  }

  /** No finding: the call is within all limits and is counted. */
  admit(facts: CallFacts): readonly Finding[] | Promise<readonly Finding[]> {
    const state = this.#stateOf(facts);
    return state instanceof Promise ? state.then((loaded) => this.#admit(facts, loaded)) : this.#admit(facts, state);
  }

  #admit(facts: CallFacts, state: RunState): readonly Finding[] | Promise<readonly Finding[]> {
    const limits = limitsOf(facts.agent);
    const fingerprint = facts.fingerprint === undefined ? undefined : shorten(facts.fingerprint);
    const refusal = checkRun(facts, state, limits, fingerprint);
    if (refusal !== undefined) return [refusal];
    countCall(state, facts.kind, fingerprint, 1);
    const perMinute = facts.kind === 'model' ? limits.modelCallsPerMinute : limits.toolCallsPerMinute;
    const judge = (minute: WindowCount): readonly Finding[] => {
      if (minute.counted) return NONE;
      countCall(state, facts.kind, fingerprint, -1);
      return [rateLimited(facts, perMinute, minute.resetsAtMs)];
    };
    const key = `calls ${facts.kind} ${facts.workspace} ${facts.agent.name}`;
    const minute = this.#coordination.countInWindow(key, perMinute, MINUTE_MS, facts.atMs);
    if (!(minute instanceof Promise)) return judge(minute);
    return minute.then(judge, (error: unknown) => {
      countCall(state, facts.kind, fingerprint, -1);
      throw error;
    });
  }

  #stateOf({ workspace, run }: CallFacts): RunState | Promise<RunState> {
    const key = `${workspace} ${run.id}`;
    const known = this.#runs.get(key);
    if (known !== undefined) {
      this.#runs.delete(key);
      this.#runs.set(key, known);
      return known;
    }
    if (run.startedAtMs > this.#forgottenUntilMs) return this.#remember(key, run.startedAtMs, { model: 0, tool: 0 });
    let loading = this.#loading.get(key);
    if (loading === undefined) {
      loading = this.#countCalls(workspace, run.id)
        .then((counts) => this.#remember(key, run.startedAtMs, counts))
        .finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    return loading;
  }

  #remember(key: string, startedAtMs: number, { model, tool }: CallCounts): RunState {
    const state = { model, tool, startedAtMs, identical: new BoundedMap<string, number>(MAX_FINGERPRINTS_PER_RUN) };
    this.#runs.set(key, state);
    if (this.#runs.size > this.#maxRuns) {
      for (const [oldest, forgotten] of this.#runs) {
        this.#runs.delete(oldest);
        this.#forgottenUntilMs = Math.max(this.#forgottenUntilMs, forgotten.startedAtMs);
        break;
      }
    }
    return state;
  }
}

const limitsByAgent = new WeakMap<Agent, Limits>();

function limitsOf(agent: Agent): Limits {
  let limits = limitsByAgent.get(agent);
  if (limits === undefined) {
    const own = Object.fromEntries(Object.entries(agent.limits).filter(([, value]) => value !== undefined));
    const merged = { ...DEFAULT_CALL_LIMITS, ...own };
    limits = { ...merged, wallClockMs: durationMs(merged.wallClockPerRun) };
    limitsByAgent.set(agent, limits);
  }
  return limits;
}

function checkRun(
  facts: CallFacts,
  state: RunState,
  limits: Limits,
  fingerprint: string | undefined,
): Finding | undefined {
  const { agent, run, kind, atMs } = facts;
  if (atMs - run.startedAtMs > limits.wallClockMs)
    return exceeded(agent, 'wallClockPerRun', `a run may last ${limits.wallClockPerRun}`);
  const perRun = kind === 'model' ? limits.modelCallsPerRun : limits.toolCallsPerRun;
  if (state[kind] >= perRun) return exceeded(agent, `${kind}CallsPerRun`, `a run may make ${perRun} ${kind} calls`);
  const identical = fingerprint === undefined ? 0 : (state.identical.get(fingerprint) ?? 0);
  if (identical > limits.retriesPerCall)
    return exceeded(
      agent,
      'retriesPerCall',
      `an identical call may be repeated ${limits.retriesPerCall} times in a run`,
    );
  return undefined;
}

function countCall(state: RunState, kind: CallFacts['kind'], fingerprint: string | undefined, by: 1 | -1): void {
  state[kind] += by;
  if (fingerprint !== undefined) state.identical.set(fingerprint, (state.identical.get(fingerprint) ?? 0) + by);
}

function exceeded(agent: Agent, limit: string, what: string): Finding {
  const next = limit === 'retriesPerCall' ? 'change the call' : 'start a new run';
  const message = `${what} of agent ${agent.name}; ${next}, or ask ${agent.owner} to raise limits.${limit}`;
  return { by: 'limits', verdict: 'deny', code: 'limit_exceeded', message, rule: limit };
}

function rateLimited(facts: CallFacts, limit: number, resetsAtMs: number): Finding {
  const retryAfterSeconds = Math.max(1, Math.ceil((resetsAtMs - facts.atMs) / 1_000));
  const rule = `${facts.kind}CallsPerMinute`;
  const message = `agent ${facts.agent.name} may make ${limit} ${facts.kind} calls a minute; wait ${retryAfterSeconds} s, or ask ${facts.agent.owner} to raise limits.${rule}`;
  return { by: 'limits', verdict: 'deny', code: 'rate_limited', message, rule, retryAfterSeconds };
}

/** Fingerprints may carry whole arguments; memory holds their hash. */
function shorten(fingerprint: string): string {
  return fingerprint.length <= MAX_FINGERPRINT_LENGTH
    ? fingerprint
    : createHash('sha256').update(fingerprint).digest('base64url');
}
