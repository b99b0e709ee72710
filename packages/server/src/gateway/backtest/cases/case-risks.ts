import type { PolicyTestCase } from '@reeve/contracts';
import type { AgentHistory } from '../../../risk/index.ts';
import type { Storage } from '../../../storage/index.ts';
import type { CandidateRisk } from '../candidate.ts';
import { candidateRisk, type GivenSignals } from '../candidate-risk.ts';

const DAY_MS = 86_400_000;
const LONG_AGO_DAYS = 3_650;
const MANY = 1_000_000;

/** A case writes nothing, so there is nothing to read. */
const NOTHING_KEPT: Storage = {
  directory: '',
  problem: undefined,
  get reader(): never {
    throw new Error('a case has no database');
  },
  read: () => Promise.resolve([]),
  write: (unit) => Promise.resolve({ ok: true, lastIds: [], changes: unit.map(() => 0) }),
  beforeGroup: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** Rules of risk as one case meets them: nothing happened before but its history, and its agent is new only if it says so. */
export function caseRisk(
  atMs: number,
  { signals, newAgent }: Partial<PolicyTestCase> = {},
): CandidateRisk & AsyncDisposable {
  const history: AgentHistory = async () => ({
    firstAtMs: newAgent === true ? atMs : atMs - LONG_AGO_DAYS * DAY_MS,
    lastRefusedAtMs: undefined,
    executed: newAgent === true ? 0 : MANY,
  });
  return candidateRisk({ storage: NOTHING_KEPT, history, now: () => atMs, given: givenOf(signals) });
}

function givenOf(signals: PolicyTestCase['signals']): GivenSignals | undefined {
  if (signals === undefined) return undefined;
  return new Map(Object.entries(signals).map(([name, value]) => [name, value ?? undefined]));
}
