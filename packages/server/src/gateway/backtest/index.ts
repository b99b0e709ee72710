/** What a fleet that is not in force would decide: of cases written beside its policies, and of recorded traffic. */
export { type PolicyTestReport, testPolicies } from './cases/run-policy-tests.ts';
export { Backtests } from './replay/backtests.ts';
