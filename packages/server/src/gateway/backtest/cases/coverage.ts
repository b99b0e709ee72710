import type { Decision } from '@reeve/contracts';
import type { Candidate } from '../candidate.ts';
import { rulesOf } from './check-case.ts';

/** How often a policy or a rule of risk had a say in the decisions of the cases. */
export interface Coverage {
  readonly rule: string;
  readonly by: 'policy' | 'risk';
  readonly file: string | undefined;
  readonly decided: number;
}

/** Those that never had a say come first. */
export function coverageOf({ policies, fleet }: Candidate, decisions: readonly Decision[]): readonly Coverage[] {
  const counts = new Map<string, number>();
  for (const { findings } of decisions) {
    const named = findings.flatMap((finding) => rulesOf(finding).map((rule) => `${finding.by} ${rule}`));
    for (const key of new Set(named)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const own = policies.list(fleet.workspace).filter(({ base }) => !base);
  return own
    .map(({ id, file }) => ({ rule: id, by: 'policy' as const, file, decided: counts.get(`policy ${id}`) ?? 0 }))
    .sort((a, b) => Number(a.decided > 0) - Number(b.decided > 0));
}
