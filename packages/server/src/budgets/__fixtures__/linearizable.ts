/** One operation as its caller saw it. What had not returned when the recording ended has no `returned`. */
export interface Operation<Input, Output> {
  readonly input: Input;
  readonly output: Output | undefined;
  readonly called: number;
  readonly returned: number | undefined;
}

/** What one caller at a time would see: the state after, or undefined where the output is not possible in this state. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  readonly key: (state: State) => string;
  /** `output` is undefined for an operation that did not return: any output is possible. */
  readonly step: (state: State, input: Input, output: Output | undefined) => readonly State[];
}

const MAX_STATES = 200_000;

/**
 * Whether some order of the operations explains all outputs, in which nothing comes before what had returned when it was called
 * (Wing and Gong's search; a pair of state and set of done operations is visited once).
 */
export function isLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): boolean {
  const ends = history.map(({ returned }) => returned ?? Number.POSITIVE_INFINITY);
  const visited = new Set<string>();
  const open: { state: State; done: bigint }[] = [{ state: model.initial, done: 0n }];
  const required = history.reduce((all, one, index) => (one.returned === undefined ? all : all | (1n << BigInt(index))), 0n);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { state, done } = next;
    if ((done & required) === required) return true;
    const candidates = history.keys().filter((index) => (done & (1n << BigInt(index))) === 0n).toArray();
    const firstEnd = Math.min(...candidates.map((index) => ends[index] ?? 0));
    for (const index of candidates) {
      const operation = history[index];
      // Something not yet done had ended before this one began, so this one cannot be next.
      if (operation === undefined || operation.called > firstEnd) continue;
      for (const after of model.step(state, operation.input, operation.output)) {
        const reached = done | (1n << BigInt(index));
        const key = `${reached} ${model.key(after)}`;
        if (visited.has(key)) continue;
        if (visited.size >= MAX_STATES) throw new Error('the history is too long to check');
        visited.add(key);
        open.push({ state: after, done: reached });
      }
    }
  }
  return false;
}
