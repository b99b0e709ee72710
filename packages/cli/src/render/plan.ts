import type { FleetPlan } from '@reeve/contracts';
import { clean } from './table.ts';

const MARK = { added: '+', changed: '~', removed: '-' } as const;
const ACCESS_MARK = { gained: '+', lost: '-', changed: '~' } as const;

/** What an apply would change, for a person who is about to say yes. */
export function renderPlan(plan: FleetPlan): string {
  if (plan.problems.length > 0) {
    const lines = plan.problems.map(
      (problem) => `${problem.file}:${problem.line}:${problem.column}  ${problem.message}`,
    );
    return `${lines.join('\n')}\n\n${plan.problems.length} ${plan.problems.length === 1 ? 'problem' : 'problems'}.`;
  }
  if (plan.changes.length === 0) return 'No changes.';
  return [...objects(plan), ...access(plan)].join('\n');
}

function objects(plan: FleetPlan): string[] {
  return plan.changes.flatMap((change) => [
    `${MARK[change.change]} ${change.kind} ${change.name}`,
    ...change.fields.map((field) => `    ${field.path}: ${value(field.before)} -> ${value(field.after)}`),
  ]);
}

function access(plan: FleetPlan): string[] {
  if (plan.access.length === 0) return ['', 'Nobody gains or loses anything.'];
  const lines = plan.access.map((change) => {
    const when = change.after ?? change.before;
    return `${ACCESS_MARK[change.change]} ${change.agent} may ${change.action} ${change.resource}${when === undefined || when === '' ? '' : ` when ${when}`}`;
  });
  return ['', 'Who can do what:', ...lines];
}

function value(given: unknown): string {
  return given === undefined ? '(none)' : clean(JSON.stringify(given));
}
