import { durationMs, type RiskRules } from '@reeve/contracts';
import { checkCondition } from './check-condition.ts';
import type { CheckContext, ObjectPath } from './check-context.ts';
import { checkSpeech, speechOf } from './compile-rule.ts';
import { placeFault, shortDigest } from './compile-signal.ts';
import type { CompiledSequence, CompiledStep } from './compiled-rules.ts';
import { CALL_VARIABLES } from './vocabulary.ts';

type Sequence = RiskRules['sequences'][number];

export function compileSequence(
  context: CheckContext,
  sequence: Sequence,
  index: number,
): CompiledSequence | undefined {
  const at: ObjectPath = ['sequences', index];
  const { id, within, across, steps, score, verdict, alert } = sequence;
  checkSpeech(context, { score, verdict, alert, stop: undefined, declassify: false }, at, 'sequence');
  const compiled = steps.flatMap((step, i) => compileStep(context, step, [...at, 'steps', i]) ?? []);
  const join =
    sequence.join === undefined ? undefined : context.compile(sequence.join, CALL_VARIABLES, [...at, 'join']);
  if (join !== undefined)
    for (const [i, { tool }] of steps.entries()) {
      const faults = context.worldsOf([tool]).map((world) => placeFault(join.tree, world));
      if (faults.length > 0 && faults.every((fault) => fault !== undefined))
        context.report([...at, 'join'], `step ${i + 1} can never be joined: ${faults[0]}`);
    }
  if (compiled.length !== steps.length || (sequence.join !== undefined && join === undefined)) return undefined;
  const ref = `${context.rules.name}/${id}`;
  const say = sequence.say ?? `these actions in a row: ${steps.map(({ tool }) => tool).join(', ')}`;
  const meaning = shortDigest({ steps, join: sequence.join ?? null, across });
  return {
    ...speechOf(context, sequence, say, undefined),
    id: `${ref}@${meaning}`,
    withinMs: durationMs(within),
    across,
    steps: compiled,
    join,
  };
}

function compileStep(context: CheckContext, step: Sequence['steps'][number], at: ObjectPath): CompiledStep | undefined {
  const { tool, agent } = step;
  context.checkPattern(tool, [...at, 'tool']);
  if (agent !== undefined) context.checkAgent(agent, [...at, 'agent']);
  if (step.where === undefined) return { tool, agent, where: undefined };
  const where = context.compile(step.where, CALL_VARIABLES, [...at, 'where']);
  if (where === undefined) return undefined;
  checkCondition(context, where, context.worldsOf([tool]), [...at, 'where'], 'step');
  return { tool, agent, where };
}
