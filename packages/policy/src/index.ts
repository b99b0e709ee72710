/** What agents can do: parse and check policies, evaluate a request, explain the decision. Pure: no I/O, no clock. */
export { checkPolicies, type FleetFacts } from './check-policies.ts';
export { type Compiled, compilePolicies } from './compile-policies.ts';
export type { DryRun, Evaluation, Hold, PolicyError } from './decide-layer.ts';
export { type ExplainedPolicy, type Explanation, explain } from './explain.ts';
export type { Policy, PolicyAction, PolicyFileText, PolicyProblem, ResourceType } from './policy.ts';
export { PolicyEvaluator } from './policy-evaluator.ts';
export type { PolicyContext, PolicyRequest, PolicyResource } from './policy-request.ts';
export type { Known } from './residual.ts';
export { type Condition, type Prospect, prospect } from './who-can.ts';
