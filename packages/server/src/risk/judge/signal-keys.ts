import { createHash } from 'node:crypto';
import { canonicalJson } from '@reeve/ledger';
import type { RiskFacts } from '../risk-assessor.ts';
import type { CompiledSignal, KeyPart } from '../rules/compiled-rules.ts';
import { valueAt } from './variables.ts';

const MAX_KEY_LENGTH = 200;
const DIGESTED = 'sha256:';
/** Calls that name no user or feature are counted together: leaving it out hides nothing. */
const UNNAMED = '';

/** Whose signal it is; undefined where an argument is missing by which it is kept. */
export function signalKey({ by }: CompiledSignal, facts: RiskFacts): string | undefined {
  let key = '';
  for (const part of by) {
    const text = partText(part, facts);
    if (text === undefined) return undefined;
    // The length in front keeps two parts from being taken for two others.
    key += by.length === 1 ? text : `${text.length}:${text}`;
  }
  return bounded(key);
}

/** A key of any length as one of few characters. None that is short may be taken for the digest of a long one. */
export function bounded(key: string): string {
  if (key.length <= MAX_KEY_LENGTH && !key.startsWith(DIGESTED)) return key;
  return `${DIGESTED}${createHash('sha256').update(key).digest('base64url')}`;
}

function partText(part: KeyPart, facts: RiskFacts): string | undefined {
  switch (part) {
    case 'agent':
      return facts.agent.name;
    case 'run':
      return facts.run;
    case 'lineage':
      return facts.root;
    case 'workspace':
      return facts.workspace;
    case 'user':
      return facts.user ?? UNNAMED;
    case 'feature':
      return facts.feature ?? UNNAMED;
    case 'session':
      return facts.session ?? `run ${facts.run}`;
    default:
      return scalarText(valueAt({ args: facts.args }, part));
  }
}

/** Ids come as numbers and as texts: both mean the same. Undefined where there is nothing to tell one from another. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === undefined || value === null) return undefined;
  // The order of members means nothing: who changes it must not get a key of its own.
  return canonicalJson(value);
}
