import { KEYED_ATTRIBUTES } from './convert-context.ts';
import type { Policy } from './policy.ts';
import type { PolicyContext } from './policy-request.ts';
import type { Reads } from './reads.ts';
import { mergeArgumentReads } from './schema.ts';

/** The policies that can match one agent, action and resource. Requests with the same policies share one slice. */
export interface PolicySlice {
  readonly policies: readonly Policy[];
  readonly reads: Reads;
  /** Never reused, so that a slot's owner is never mistaken. */
  readonly owner: number;
  /** Attributes under which a decision may be cached; undefined where a policy reads anything else. */
  readonly cacheBy: readonly (typeof KEYED_ATTRIBUTES)[number][] | undefined;
  readonly hasPermit: boolean;
}

let lastOwner = 0;

export function makeSlice(policies: readonly Policy[]): PolicySlice {
  const reads = mergeReads(policies);
  const keyed = KEYED_ATTRIBUTES.filter((name) => reads.attributes.has(name));
  return {
    policies,
    reads,
    owner: ++lastOwner,
    cacheBy: reads.whole || keyed.length < reads.attributes.size ? undefined : keyed,
    hasPermit: policies.some((policy) => policy.effect === 'permit'),
  };
}

const LARGEST_KEYED_SET = 16;

/** The very values that the policies would read, told apart; undefined where they are too many to be met again. */
export function cacheKey(
  slice: PolicySlice,
  context: PolicyContext,
  time: () => { hour: number; weekday: string },
): string | undefined {
  const { cacheBy } = slice;
  if (cacheBy === undefined) return undefined;
  let key = '';
  for (const name of cacheBy) {
    if (name === 'hour' || name === 'weekday') key += `${time()[name]} `;
    else if (name === 'labels' || name === 'delegation') {
      const values = context[name];
      if (values.length > LARGEST_KEYED_SET) return undefined;
      key += values.length === 0 ? '[] ' : `${JSON.stringify(values)} `;
    } else key += `${context[name]} `;
  }
  return key;
}

function mergeReads(policies: readonly Policy[]): Reads {
  return {
    attributes: new Set(policies.flatMap((policy) => [...policy.reads.attributes])),
    tested: new Set(policies.flatMap((policy) => [...policy.reads.tested])),
    args: mergeArgumentReads(policies.map((policy) => policy.reads.args)),
    whole: policies.some((policy) => policy.reads.whole),
  };
}
