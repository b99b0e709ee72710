import type { Effect, RiskRules } from '@reeve/contracts';
import type { CelProgram } from '../../lib/index.ts';
import type { Schedules } from '../schedules/schedules.ts';
import type { SignalDefinition } from '../signals/signals.ts';
import type { Clause } from './clauses.ts';
import type { Path } from './expression-reads.ts';

type Verdict = 'hold' | 'deny' | undefined;

/** One RiskRules object, ready to judge. */
export interface CompiledRules {
  readonly name: string;
  /** Whose actions are judged; undefined for all. */
  readonly agents: ReadonlySet<string> | undefined;
  readonly enforced: boolean;
  readonly signals: readonly CompiledSignal[];
  readonly rules: readonly CompiledRule[];
  readonly sequences: readonly CompiledSequence[];
  readonly schedules: Schedules;
  readonly thresholds: RiskRules['thresholds'];
  readonly opinions: readonly CompiledOpinion[];
}

/** `agent` and the like as they are called, an argument as its path. */
export type KeyPart = 'agent' | 'run' | 'lineage' | 'user' | 'workspace' | 'feature' | 'session' | Path;

export interface CompiledSignal {
  readonly name: string;
  /** `purchasing/po_sum`, for words. */
  readonly ref: string;
  readonly definition: SignalDefinition;
  readonly on: readonly string[];
  readonly where: CelProgram | undefined;
  readonly value: CelProgram | undefined;
  readonly by: readonly KeyPart[];
}

/** What a rule or sequence does once it speaks. */
export interface Speech {
  /** `purchasing/po-size` */
  readonly ref: string;
  readonly score: number | undefined;
  readonly verdict: Verdict;
  readonly say: string;
  readonly alert: boolean;
  readonly stop: 'run' | 'agent' | undefined;
  /** Whether what flow holds of such a call passes. */
  readonly declassify: boolean;
  /** Else it only says what it would have done. */
  readonly enforced: boolean;
}

export interface CompiledRule extends Speech {
  readonly when: CelProgram;
  /** Undefined where the condition has too many alternatives to reason about. */
  readonly clauses: readonly Clause[] | undefined;
  /** Names of signals that it reads. */
  readonly signals: readonly string[];
}

export interface CompiledStep {
  readonly tool: string;
  readonly agent: string | undefined;
  readonly where: CelProgram | undefined;
}

export interface CompiledSequence extends Speech {
  /** Changes with its meaning, so that matches of another meaning are not continued. */
  readonly id: string;
  readonly withinMs: number;
  readonly across: RiskRules['sequences'][number]['across'];
  readonly steps: readonly CompiledStep[];
  readonly join: CelProgram | undefined;
}

export interface CompiledOpinion {
  readonly ref: string;
  readonly effects: ReadonlySet<Effect> | undefined;
  readonly tools: readonly string[] | undefined;
  readonly minRisk: number;
  readonly model: string;
  readonly instruction: string | undefined;
  readonly timeoutMs: number;
  readonly enforced: boolean;
}
