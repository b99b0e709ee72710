/** One question to a model route of the fleet, on behalf of an agent's action. Rejects where there is no answer. */
export interface ModelQuestion {
  readonly workspace: string;
  /** A Model of the fleet, or `provider/model`. */
  readonly model: string;
  readonly system: string;
  readonly text: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whose budgets the answer is charged to. */
  readonly payer: {
    readonly agent: string;
    readonly run: string;
    readonly user: string | undefined;
    readonly feature: string | undefined;
    readonly session: string | undefined;
  };
}

export interface ModelAnswer {
  readonly text: string;
  /** `provider/model` that answered. */
  readonly servedBy?: string;
  /** Undefined where its price is not known. */
  readonly costNanoUsd?: number;
}

export type AskModel = (question: ModelQuestion) => Promise<ModelAnswer>;
