import type { Agent, Finding, ToolDeclaration } from '@reeve/contracts';
import { type ApprovalRule, type Requirement, rank } from './approval-rules.ts';

/** What can be undone within this time need not wait for a person: they can look afterwards. */
const SOON_MS = 5 * 60_000;

/** The least that an agent's autonomy asks for; Approvals objects can only ask for more. */
const BY_AUTONOMY: Readonly<Record<Agent['autonomy'], Requirement>> = {
  shadow: 'risky',
  supervised: 'irreversible',
  pilot: 'pilot',
  autopilot: 'risky',
};

export interface RequirementFacts {
  readonly agent: Agent;
  readonly target: string;
  readonly effect: string;
  readonly declaration: Pick<ToolDeclaration, 'reversible'> | undefined;
  readonly reversible: 'irreversible' | 'compensable' | { readonly withinMs: number };
}

/** Whether a call waits for a person whatever its risk. Reads never do, unless an object asks for every call that it covers. */
export function requirementOf(facts: RequirementFacts, rule: ApprovalRule): Finding | undefined {
  const { agent, target } = facts;
  const byAutonomy = BY_AUTONOMY[agent.autonomy];
  const byObject = rank(rule.require) > rank(byAutonomy);
  const wanted = byObject ? rule.require : byAutonomy;
  const why = whyItWaits(wanted, facts);
  if (why === undefined) return undefined;
  const because = byObject
    ? `the Approvals object ${rule.requiredBy ?? ''} asks for it`
    : `${agent.name} is ${agent.autonomy}`;
  return {
    by: 'approval',
    verdict: 'hold',
    code: 'approval_required',
    message: `a person must approve ${target}: ${why}, and ${because}`,
    rule: byObject ? `approvals ${rule.requiredBy ?? ''}` : `autonomy ${agent.autonomy}`,
    waitsFor: 'person',
  };
}

function whyItWaits(wanted: Requirement, { effect, declaration, reversible }: RequirementFacts): string | undefined {
  if (wanted === 'always') return `its effect is ${effect}`;
  if (wanted === 'risky' || effect === 'read') return undefined;
  if (declaration?.reversible === undefined)
    return wanted === 'not-reversible' ? 'nothing says how it is undone' : undefined;
  if (reversible === 'irreversible') return 'it cannot be undone';
  if (wanted === 'pilot') return undefined;
  if (reversible === 'compensable') return 'it can be made up for, not undone';
  return reversible.withinMs > SOON_MS ? 'it cannot be undone within five minutes' : undefined;
}
