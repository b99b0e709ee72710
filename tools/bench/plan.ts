/** How long and how often. Everything is bounded by these numbers. */
export interface Plan {
  readonly rounds: number;
  readonly connections: number;
  readonly warmSeconds: number;
  readonly throughputSeconds: number;
  readonly latencyPerSecond: number;
  readonly latencySeconds: number;
  readonly mcpPerSecond: number;
  readonly streams: number;
  readonly streamSeconds: number;
  readonly decisionAgents: number;
  readonly decisionPolicies: number;
  readonly ledgerEntries: number;
  readonly memoryFirstCalls: number;
  readonly memoryCalls: number;
  readonly starts: number;
}

const DEFAULT: Plan = {
  rounds: 3,
  connections: 48,
  warmSeconds: 1.5,
  throughputSeconds: 4,
  latencyPerSecond: 200,
  latencySeconds: 5,
  mcpPerSecond: 100,
  streams: 10,
  streamSeconds: 4,
  decisionAgents: 10_000,
  decisionPolicies: 5_000,
  ledgerEntries: 1_000_000,
  memoryFirstCalls: 10_000,
  memoryCalls: 100_000,
  starts: 5,
};

const QUICK: Partial<Plan> = {
  rounds: 2,
  warmSeconds: 0.7,
  throughputSeconds: 1,
  latencySeconds: 1.5,
  streamSeconds: 2,
  decisionAgents: 1_000,
  decisionPolicies: 500,
  ledgerEntries: 100_000,
  memoryFirstCalls: 3_000,
  memoryCalls: 9_000,
  starts: 3,
};

const MILLION = 1_000_000;

export function planFor(options: { readonly quick: boolean; readonly full: boolean }): Plan {
  return { ...DEFAULT, ...(options.quick ? QUICK : {}), ...(options.full ? { memoryCalls: MILLION } : {}) };
}
