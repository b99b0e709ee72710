import type { Effect, Evidence, Finding } from '@reeve/contracts';
import { type Asked, askedFor } from './asked.ts';
import { addressesIn, type CallValue } from './call-values.ts';
import { type Known, originOf } from './origin.ts';
import { pointingOf } from './pointing.ts';
import { RULES } from './rules.ts';
import type { CallDeeds } from './sentence.ts';
import type { Weighed } from './weighed.ts';

/** A proposed call and all that is known of its run. */
export interface Case {
  readonly effect: Effect;
  /** What nobody declared may do anything. */
  readonly declared: boolean;
  readonly deeds: CallDeeds;
  readonly values: readonly CallValue[];
  /** False where arguments were too many to look at all. */
  readonly complete: boolean;
  readonly known: Known;
  /** Somebody asked for something, so that what nobody asked for can be told. */
  readonly instructed: boolean;
  readonly private: boolean;
  /** Not all of the run's content is known. */
  readonly partial: boolean;
}

/** What a rule has against a call. */
export interface Objection {
  readonly rule: string;
  readonly message: string;
  readonly evidence: readonly Evidence[];
}

const NOT_KNOWN: Asked = { asked: 'unknown', asking: [], near: [], loosely: true, closely: true };
const MAX_INNER_ADDRESSES = 20;

/** The first rule that objects speaks. Undefined where none does. */
export function judge(facts: Case): Finding | undefined {
  const origins = facts.values.flatMap(withInner).map((value) => originOf(value, facts.known, facts.deeds));
  const { requests } = facts.known;
  const asked: Asked = facts.instructed ? askedFor(requests, facts.deeds, origins) : NOT_KNOWN;
  const weighed: Weighed = { ...facts, ...asked, ...pointingOf(facts.known, asked), origins };
  for (const rule of RULES) {
    const objection = rule(weighed);
    if (objection !== undefined) return finding(objection);
  }
  return undefined;
}

/** Addresses inside long content decide where its reader goes. */
function withInner(value: CallValue): CallValue[] {
  if (value.role !== 'content') return [value];
  const inner = addressesIn(value.raw, MAX_INNER_ADDRESSES);
  return [value, ...inner.map((raw) => ({ path: value.path, raw, role: 'content' as const, numeric: false }))];
}

function finding({ rule, message, evidence }: Objection): Finding {
  const about = evidence[0] === undefined ? '' : ` (${evidence[0].path})`;
  return {
    by: 'flow',
    verdict: 'hold',
    code: 'approval_required',
    waitsFor: 'person',
    message: `held for a person${about}: ${message}; it passes when the person names the value or approves the call`,
    rule: `flow/${rule}`,
    evidence,
  };
}
