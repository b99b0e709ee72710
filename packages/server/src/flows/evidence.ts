import type { Evidence } from '@reeve/contracts';
import { MAX_EVIDENCE, MAX_QUOTED_CHARS } from './limits.ts';
import type { Origin, Place } from './origin.ts';

/** Text shown on either side of where a value stands. */
const AROUND = 60;

/** What approvers see: each value, where it came from, and the text around it there. */
export function evidenceOf(origins: readonly Origin[], placeOf: (origin: Origin) => Place | undefined): Evidence[] {
  return origins.slice(0, MAX_EVIDENCE).map((origin) => {
    const place = placeOf(origin);
    const about = { path: origin.value.path, value: origin.value.raw.slice(0, MAX_QUOTED_CHARS) };
    return place === undefined ? { ...about, source: 'unknown' } : { ...about, ...originOf(place) };
  });
}

function originOf({ source, at }: Place): Pick<Evidence, 'source' | 'sourceAction' | 'excerpt'> {
  const excerpt = source.text.slice(Math.max(0, at - AROUND), at + AROUND).slice(0, MAX_QUOTED_CHARS);
  return {
    source: source.name,
    ...(source.action === undefined ? {} : { sourceAction: source.action }),
    excerpt,
  };
}
