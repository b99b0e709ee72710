/** How much the latest call weighs in the average latency. */
const LATEST_WEIGHT = 0.2;

/** What recent calls say of one target: a circuit that opens after failures in a row, and an average latency. */
export class TargetHealth {
  #failures = 0;
  #opensAgainAtMs = 0;
  #probing = false;
  #latencyMs: number | undefined;

  /** Average time to the first byte; unknown targets come first, so that they become known. */
  get latencyMs(): number {
    return this.#latencyMs ?? 0;
  }

  /** Milliseconds until a call may be tried; 0 for now. After the cool-down one call at a time probes. */
  waitMs(nowMs: number): number {
    if (nowMs < this.#opensAgainAtMs) return this.#opensAgainAtMs - nowMs;
    return this.#probing ? 1 : 0;
  }

  started(): void {
    if (this.#opensAgainAtMs !== 0) this.#probing = true;
  }

  succeeded(latencyMs: number): void {
    this.#failures = 0;
    this.#opensAgainAtMs = 0;
    this.#probing = false;
    this.#latencyMs =
      this.#latencyMs === undefined ? latencyMs : this.#latencyMs + LATEST_WEIGHT * (latencyMs - this.#latencyMs);
  }

  failed(nowMs: number, circuit: { readonly failures: number; readonly cooldownMs: number }): void {
    this.#failures += 1;
    this.#probing = false;
    if (this.#failures >= circuit.failures) this.#opensAgainAtMs = nowMs + circuit.cooldownMs;
  }

  /** The call ended for a reason that says nothing of the target, e.g. the caller went away. */
  ended(): void {
    this.#probing = false;
  }
}
