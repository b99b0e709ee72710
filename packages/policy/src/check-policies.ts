import { validate } from './cedar.ts';
import { checkLiterals } from './check-literals.ts';
import type { ParsedPolicy } from './compile-policies.ts';
import { type PolicyProblem, problemAt, problemOn } from './policy.ts';
import { indexOfByte } from './policy-text.ts';
import { type Known, residualOf } from './residual.ts';
import { schemaFor } from './schema.ts';
import { NAMESPACE } from './scope.ts';

/** What the checks ask of the fleet. */
export interface FleetFacts {
  /** Says what is wrong with naming this entity; undefined where it exists or may exist. */
  unknownEntity(type: string, id: string): string | undefined;
  /** The effect of a declared tool. */
  effectOf(tool: string): string | undefined;
  autonomyOf(agent: string): string | undefined;
  /** Says why an agent can never use a resource, whatever policies permit; undefined where it may. */
  outOfBounds(agent: string, resourceType: string, id: string): string | undefined;
}

const POLICIES_PER_CHECK = 200;

/** Types, names and rules that can never match. */
export async function checkPolicies(
  policies: readonly ParsedPolicy[],
  facts: FleetFacts,
  pause: () => Promise<void> = async () => {},
): Promise<PolicyProblem[]> {
  const problems: PolicyProblem[] = [];
  for (const [schema, group] of groupBySchema(policies)) {
    for (let at = 0; at < group.length; at += POLICIES_PER_CHECK) {
      problems.push(...checkTypes(schema, group.slice(at, at + POLICIES_PER_CHECK)));
      await pause();
    }
  }
  const badlyTyped = new Set(problems.map((problem) => `${problem.file}:${problem.line}`));
  for (const policy of policies) {
    const found = [...checkNames(policy, facts), ...checkLiterals(policy)];
    problems.push(...found);
    const place = policy.source.places.at(policy.source.start);
    if (found.length === 0 && !badlyTyped.has(`${policy.source.file}:${place.line}`))
      problems.push(...checkReach(policy, facts));
  }
  return problems.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
}

function groupBySchema(policies: readonly ParsedPolicy[]): Map<string, ParsedPolicy[]> {
  const groups = new Map<string, ParsedPolicy[]>();
  for (const policy of policies) {
    const schema = schemaFor(policy.reads);
    const group = groups.get(schema);
    if (group === undefined) groups.set(schema, [policy]);
    else group.push(policy);
  }
  return groups;
}

function checkTypes(schema: string, policies: readonly ParsedPolicy[]): PolicyProblem[] {
  const byId = new Map(policies.map((policy, index) => [`p${index}`, policy]));
  const staticPolicies = Object.fromEntries([...byId].map(([id, policy]) => [id, policy.text]));
  const answer = validate({ schema, policies: { staticPolicies } });
  if (answer.type === 'failure') {
    const message = answer.errors[0]?.message ?? 'the validator refused these policies';
    return policies.slice(0, 1).map((policy) => problemAt(policy, 0, message));
  }
  const seen = new Set<string>();
  return [...answer.validationErrors, ...answer.validationWarnings].flatMap(({ policyId, error }) => {
    const policy = byId.get(policyId);
    // One mistake is often reported twice, first the cause and then that the policy is impossible.
    if (policy === undefined || (seen.has(policyId) && error.severity === 'warning')) return [];
    seen.add(policyId);
    const at = indexOfByte(policy.text, error.sourceLocations?.[0]?.start ?? 0);
    const help = error.help ? `; ${error.help}` : '';
    return problemAt(policy, at, `${error.message.replace(/^for policy `p\d+`, /, '')}${help}`);
  });
}

function checkNames(policy: ParsedPolicy, facts: FleetFacts): PolicyProblem[] {
  return policy.named.flatMap(({ type, id }) => {
    const wrong = facts.unknownEntity(type.replace(`${NAMESPACE}::`, ''), id);
    return wrong === undefined ? [] : problemOn(policy, `${type}::${JSON.stringify(id)}`, wrong);
  });
}

/** A permit that bounds or declared effects make dead is an error; a forbid beyond the bounds is only caution. */
function checkReach(policy: ParsedPolicy, facts: FleetFacts): PolicyProblem[] {
  const resource = named(policy, ['Tool', 'Model']);
  const agent = policy.scope.agent;
  if (policy.effect === 'permit' && agent !== undefined && resource !== undefined) {
    const wrong = facts.outOfBounds(agent, resource.type, resource.id);
    if (wrong !== undefined) return [problemOn(policy, JSON.stringify(resource.id), `can never match: ${wrong}`)];
  }
  const effect = resource?.type === 'Tool' ? facts.effectOf(resource.id) : undefined;
  const autonomy = agent === undefined ? undefined : facts.autonomyOf(agent);
  const known: Known = { context: { ...(effect && { effect }), ...(autonomy && { autonomy }) } };
  if (residualOf(policy, known) !== 'never') return [];
  const why = effect === undefined ? '' : ` (${resource?.id} is declared with effect ${effect})`;
  return [problemAt(policy, 0, `can never match: its conditions are false for every request in its scope${why}`)];
}

function named(policy: ParsedPolicy, types: readonly string[]): { type: string; id: string } | undefined {
  const [, type, id] = /^= (\S+) (.*)$/s.exec(policy.scope.resource ?? '') ?? [];
  return type !== undefined && id !== undefined && types.includes(type) ? { type, id } : undefined;
}
