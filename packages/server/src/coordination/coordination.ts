export interface WindowCount {
  /** Whether the window had room; if not, nothing was counted. */
  readonly counted: boolean;
  readonly count: number;
  readonly resetsAtMs: number;
}

/** What replicas share. Answers at once where it is kept in this process. Rejects where it cannot know: the caller refuses then. */
export interface Coordination {
  /** Adds one to a counter of the fixed window that `atMs` falls in, unless it has reached the limit. */
  countInWindow(key: string, limit: number, windowMs: number, atMs: number): WindowCount | Promise<WindowCount>;
}
