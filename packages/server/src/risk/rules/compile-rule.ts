import type { RiskRules } from '@reeve/contracts';
import { checkCondition } from './check-condition.ts';
import type { CheckContext, ObjectPath } from './check-context.ts';
import type { CompiledRule, Speech } from './compiled-rules.ts';
import { readsOf } from './expression-reads.ts';
import { VARIABLES } from './vocabulary.ts';

type Rule = RiskRules['rules'][number];

export function compileRule(context: CheckContext, rule: Rule, index: number): CompiledRule | undefined {
  const at: ObjectPath = ['rules', index];
  const speech = speechOf(context, rule, rule.say, rule.stop);
  checkSpeech(context, speech, at, 'rule');
  const when = context.compile(rule.when, VARIABLES, [...at, 'when']);
  if (when === undefined) return undefined;
  const clauses = checkCondition(context, when, context.worlds, [...at, 'when'], 'rule');
  const signals = readsOf(when.tree).flatMap(([root, name]) =>
    root === 'signals' && name !== undefined ? [name] : [],
  );
  return {
    ...speech,
    when,
    clauses,
    signals: [...new Set(signals)],
  };
}

type Spoken = Pick<Rule, 'id' | 'score' | 'verdict' | 'alert' | 'mode'> & Partial<Pick<Rule, 'declassify'>>;

export function speechOf(context: CheckContext, spoken: Spoken, say: string, stop: Speech['stop']): Speech {
  const { id, score, verdict, alert, mode, declassify = false } = spoken;
  const enforced = mode === 'enforce' && context.rules.mode === 'enforce';
  return { ref: `${context.rules.name}/${id}`, score, verdict, say, alert, stop, declassify, enforced };
}

export function checkSpeech(
  context: CheckContext,
  { score, verdict, alert, stop, declassify }: Pick<Speech, 'score' | 'verdict' | 'alert' | 'stop' | 'declassify'>,
  at: ObjectPath,
  what: string,
): void {
  if (score === undefined && verdict === undefined && !alert && stop === undefined && !declassify)
    context.report(at, `this ${what} changes nothing: give it a score, a verdict, alert or stop`);
  if (declassify && (score !== undefined || verdict !== undefined || stop !== undefined))
    context.report(at, `this ${what} declassifies and speaks against the call at once: make two of it`);
}
