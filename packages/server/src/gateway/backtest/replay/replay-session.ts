import type { LocatedProblem } from '@reeve/contracts';
import { must } from '../../../lib/index.ts';
import type { RecordedCall } from './recorded-call.ts';
import { Replayer, type ReplayOrder, type ReplayReport } from './replayer.ts';

export type ReplayTask =
  | { readonly kind: 'open'; readonly order: ReplayOrder }
  | { readonly kind: 'calls'; readonly calls: readonly RecordedCall[] }
  | { readonly kind: 'report' };

export type ReplayAnswer =
  | { readonly kind: 'opened'; readonly workspace: string; readonly problems: readonly LocatedProblem[] }
  | { readonly kind: 'judged'; readonly changed: number }
  | { readonly kind: 'report'; readonly report: ReplayReport }
  | { readonly kind: 'broken'; readonly message: string };

export type AnswerOf<T extends ReplayTask> = Extract<
  ReplayAnswer,
  { kind: { open: 'opened'; calls: 'judged'; report: 'report' }[T['kind']] }
>;

/** Whoever judges, here or in a thread of its own; asked one thing at a time. */
export interface ReplayPeer extends AsyncDisposable {
  ask<T extends ReplayTask>(task: T): Promise<AnswerOf<T>>;
}

/** One candidate and what it was asked so far. Knows no database, no key and no traffic but what it is handed. */
export class ReplaySession implements ReplayPeer {
  #replayer: Replayer | undefined;

  async ask<T extends ReplayTask>(task: T): Promise<AnswerOf<T>> {
    return (await this.#answer(task)) as AnswerOf<T>;
  }

  async #answer(task: ReplayTask): Promise<ReplayAnswer> {
    if (task.kind === 'open') {
      const { replayer, problems } = await Replayer.open(task.order);
      this.#replayer = replayer;
      return { kind: 'opened', workspace: replayer?.workspace ?? task.order.workspace, problems };
    }
    const replayer = must(this.#replayer, 'an opened candidate');
    if (task.kind === 'report') return { kind: 'report', report: replayer.report() };
    await replayer.replay(task.calls);
    return { kind: 'judged', changed: replayer.changed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#replayer?.[Symbol.asyncDispose]();
    this.#replayer = undefined;
  }
}
