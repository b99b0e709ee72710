import { type Stop, type StopTarget, targetWords } from './stop.ts';

/** What stops ask of an action. */
export interface StopFacts {
  readonly workspace: string;
  readonly agent: { readonly name: string };
  /** Its own run and the ancestors of that. */
  readonly runIds: readonly string[];
  /** `server.tool`. */
  readonly tool?: string;
  readonly credential: string;
}

/** The stops of one workspace, arranged so that a check is a few look-ups however many there are. */
export class StopBoard {
  readonly #stops = new Map<string, Stop>();
  #tools = 0;
  #runs = 0;

  get size(): number {
    return this.#stops.size;
  }

  get(target: StopTarget): Stop | undefined {
    return this.#stops.get(targetWords(target));
  }

  add(stop: Stop): void {
    if (this.get(stop.target) === undefined) this.#count(stop.target, 1);
    this.#stops.set(targetWords(stop.target), stop);
  }

  remove(target: StopTarget): void {
    if (this.#stops.delete(targetWords(target))) this.#count(target, -1);
  }

  values(): readonly Stop[] {
    return [...this.#stops.values()];
  }

  check({ agent, runIds, tool, credential }: StopFacts): Stop | undefined {
    if (this.#stops.size === 0) return undefined;
    const stop =
      this.#stops.get('all') ?? this.#stops.get(`agent ${agent.name}`) ?? this.#stops.get(`credential ${credential}`);
    return stop ?? this.#checkRuns(runIds) ?? this.#checkTool(tool);
  }

  #checkRuns(runIds: readonly string[]): Stop | undefined {
    if (this.#runs === 0) return undefined;
    for (const id of runIds) {
      const stop = this.#stops.get(`run ${id}`);
      if (stop !== undefined) return stop;
    }
    return undefined;
  }

  #checkTool(tool: string | undefined): Stop | undefined {
    if (this.#tools === 0 || tool === undefined) return undefined;
    return this.#stops.get(`tool ${tool}`) ?? this.#stops.get(`tool ${tool.slice(0, tool.indexOf('.'))}.*`);
  }

  #count({ kind }: StopTarget, by: number): void {
    if (kind === 'tool') this.#tools += by;
    if (kind === 'run') this.#runs += by;
  }
}
