import type { ArmName, RunningArm } from '../arms/arm.ts';
import { BadReplies } from '../load/load-generator.ts';

/** Rounds of every arm in turn; each runs alone, the others are stopped. An arm whose replies are wrong drops out with the reason. */
export async function alternate<T>(
  arms: readonly RunningArm[],
  rounds: number,
  once: (arm: RunningArm) => Promise<T>,
): Promise<{ results: Map<ArmName, T[]>; failed: Map<ArmName, string> }> {
  const results = new Map<ArmName, T[]>(arms.map((arm) => [arm.name, []]));
  const failed = new Map<ArmName, string>();
  for (let round = 0; round < rounds; round++) {
    for (const arm of rotated(arms, round)) {
      if (failed.has(arm.name)) continue;
      arm.process?.resume();
      try {
        results.get(arm.name)?.push(await once(arm));
      } catch (error) {
        if (!(error instanceof BadReplies)) throw error;
        failed.set(arm.name, error.message);
        results.delete(arm.name);
      } finally {
        arm.process?.pause();
      }
    }
  }
  return { results, failed };
}

/** No arm is always first or always behind the same neighbour's noise. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % Math.max(1, items.length);
  return [...items.slice(at), ...items.slice(0, at)];
}
