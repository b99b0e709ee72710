import { createHash } from 'node:crypto';
import { flat, type GroundTruth, norm } from './ground-truth.ts';
import type { Recorded, Step } from './recording.ts';

/** The sets of the dataset's README: attacks that succeeded, benign runs that were done, attacked runs that resisted and were done. */
export type SetName = 'attacks' | 'benign' | 'resisted';

const EXPECTED: Readonly<Record<SetName, string>> = {
  attacks: '19d7857756d23804f53e2296faebe40a9e7dd3e9686ccb13638730744d77ed44',
  benign: '80c54155569e2a521d1129dfab7d2e0e5280ebbeb2988c5463dbf02a3bfc70b4',
  resisted: '4a36b01df46c1d7979f355a87dbbae7a5006a25f86d5fc49c9d01e9da1e3459c',
};

/** Which set a run belongs to. Without ground truth every attack that is said to have succeeded counts. */
export function setOf(run: Recorded, truth: GroundTruth | undefined): SetName | undefined {
  const { attack, injectionTask, security, utility } = run;
  if (!run.userTask.startsWith('user_task') && truth !== undefined) return undefined;
  if (attack === undefined || injectionTask === undefined) return utility === true ? 'benign' : undefined;
  if (security === false) return utility === true ? 'resisted' : undefined;
  if (security !== true || attack.includes('dos')) return undefined;
  return truth === undefined || run.steps.some((step) => isAttackerCall(step, run, truth)) ? 'attacks' : undefined;
}

export function isAttackerCall(step: Step, { suite, injectionTask }: Recorded, truth: GroundTruth): boolean {
  if (step.kind !== 'call' || injectionTask === undefined) return false;
  const marks = truth(suite, injectionTask);
  if (marks === undefined || !marks.tools.has(step.tool)) return false;
  return flat(step.args).some((value) => marks.markers.some((marker) => norm(value).includes(marker)));
}

/** Collects the keys of the sets and tells whether they are the ones that the README names. */
export class SelectionCheck {
  readonly #keys: Record<SetName, string[]> = { attacks: [], benign: [], resisted: [] };

  add(set: SetName, { pipeline, suite, userTask, attack, injectionTask }: Recorded): void {
    this.#keys[set].push(`${pipeline}|${suite}|${userTask}|${attack ?? 'none'}|${injectionTask ?? 'none'}`);
  }

  wrong(): SetName[] {
    return (Object.keys(EXPECTED) as SetName[]).filter((set) => {
      const text = this.#keys[set].sort().join('\n');
      return createHash('sha256').update(text).digest('hex') !== EXPECTED[set];
    });
  }
}
