import {
  type AgentHistory,
  RiskEngine,
  type SignalDefinition,
  type SignalReader,
  Signals,
  type SignalValue,
} from '../../risk/index.ts';
import type { Storage } from '../../storage/index.ts';

/** Values that signals are said to have, by their name or `rules/name`. */
export type GivenSignals = ReadonlyMap<string, SignalValue>;

interface CandidateRiskParts {
  /** Of the candidate's own; nothing that serves is in it. */
  readonly storage: Storage;
  readonly history: AgentHistory;
  readonly now: () => number;
  readonly given?: GivenSignals | undefined;
}

/** The engine that serves, over a state of its own. It alerts nobody and asks no model. */
export function candidateRisk({ storage, history, now, given }: CandidateRiskParts): RiskEngine {
  const onFault = (message: string, error: unknown): never => {
    throw new Error(message, { cause: error });
  };
  const own = new Signals({ storage, onFault, now });
  const signals = given === undefined ? own : new ToldSignals(own, given);
  const silent = () => undefined;
  return new RiskEngine({ storage, history, signals, now, onAlert: silent, onOpinion: silent, onFault });
}

/** Signals of which some are told instead of counted. */
class ToldSignals implements SignalReader, AsyncDisposable {
  readonly #own: Signals;
  readonly #given: GivenSignals;

  constructor(own: Signals, given: GivenSignals) {
    this.#own = own;
    this.#given = given;
  }

  whenLoaded: SignalReader['whenLoaded'] = (...args) => this.#own.whenLoaded(...args);
  count: SignalReader['count'] = (...args) => this.#own.count(...args);

  read(workspace: string, signal: SignalDefinition, key: string, atMs: number): SignalValue {
    const [ref = ''] = signal.id.split('@');
    const name = ref.slice(ref.indexOf('/') + 1);
    if (this.#given.has(ref)) return this.#given.get(ref);
    return this.#given.has(name) ? this.#given.get(name) : this.#own.read(workspace, signal, key, atMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#own[Symbol.asyncDispose]();
  }
}
