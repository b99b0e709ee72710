import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { canPin } from './process/cores.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly pinned: boolean;
  /** Runnable processes in the last minute, before the bench began: more than one means that others were at work. */
  readonly loadBefore: number;
  /** At the end; the bench itself makes about two. */
  readonly loadAfter?: number;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1_024 ** 3),
    node: process.version,
    pinned: canPin(),
    loadBefore: loadNow(),
  };
}

export function loadNow(): number {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}
