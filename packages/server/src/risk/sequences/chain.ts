/** One action as a step of a sequence. */
export interface StepEvent {
  readonly action: string;
  readonly agent: string;
  readonly tool: string;
  readonly atMs: number;
  /** Which steps it can be, ascending; in one match it is only one of them. */
  readonly steps: readonly number[];
}

/** The last action of a beginning of a sequence, and through it those before. */
export interface Link {
  readonly event: Omit<StepEvent, 'steps'>;
  /** When the first action of it was. */
  readonly startMs: number;
  readonly before: Link | undefined;
}

/**
 * For each step but the last, the beginning that ends there and started last. Of two that end at the same step the later started one
 * can be continued wherever the other can, so that one is enough, and whether a match exists stays exact.
 */
export type Chains = (Link | undefined)[];

export interface Advanced {
  /** The match that this event completes. */
  readonly complete: Link | undefined;
  /** Steps whose beginning it became. */
  readonly extended: readonly number[];
}

const NOTHING: readonly number[] = [];

/** Takes one more event, in the order in which they were judged. A step may follow after anything else, but not later than the window. */
export function advance(chains: Chains, event: StepEvent, last: number, withinMs: number): Advanced {
  let complete: Link | undefined;
  let extended: number[] | undefined;
  // From the last step down, so that one action is not two steps of the same match.
  for (let i = event.steps.length - 1; i >= 0; i--) {
    const step = event.steps[i] ?? 0;
    const before = step === 0 ? undefined : chains[step - 1];
    if (step > 0 && (before === undefined || event.atMs - before.startMs > withinMs)) continue;
    const startMs = before === undefined ? event.atMs : before.startMs;
    if (step === last) complete = { event, startMs, before };
    else if ((chains[step]?.startMs ?? Number.NEGATIVE_INFINITY) <= startMs) {
      chains[step] = { event, startMs, before };
      extended ??= [];
      extended.push(step);
    }
  }
  return { complete, extended: extended ?? NOTHING };
}

/** Oldest first. */
export function eventsOf(link: Link): readonly Link['event'][] {
  const events: Link['event'][] = [];
  for (let at: Link | undefined = link; at !== undefined; at = at.before) events.unshift(at.event);
  return events;
}
