import { ReeveError } from '../../lib/index.ts';
import type { Route, Target } from './target.ts';

const MS_PER_SECOND = 1_000;

/** Targets in the order in which to try them, without those whose circuit is open. */
export function chooseTargets(
  route: Route,
  targets: readonly Target[],
  nowMs: number,
  random: () => number,
): readonly Target[] {
  const first = targets[0];
  if (targets.length === 1 && first !== undefined && first.health.waitMs(nowMs) === 0) return targets;
  const open = targets.filter((target) => target.health.waitMs(nowMs) === 0);
  if (open.length === 0) throw unavailable(route, targets, nowMs);
  if (route.strategy === 'weighted') return byWeight(open, random);
  if (route.strategy === 'least-latency') return open.toSorted((a, b) => a.health.latencyMs - b.health.latencyMs);
  return open;
}

function byWeight(targets: readonly Target[], random: () => number): Target[] {
  const left = [...targets];
  const order: Target[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, target) => sum + target.weight, 0);
    let at = random() * total;
    let index = left.findIndex((target) => {
      at -= target.weight;
      return at < 0;
    });
    if (index === -1) index = left.length - 1;
    order.push(...left.splice(index, 1));
  }
  return order;
}

function unavailable(route: Route, targets: readonly Target[], nowMs: number): ReeveError {
  const waitMs = Math.min(...targets.map((target) => target.health.waitMs(nowMs)));
  return new ReeveError(
    'upstream_unavailable',
    `every upstream of ${route.name} failed lately and is left alone for a moment`,
    {
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / MS_PER_SECOND)),
    },
  );
}
