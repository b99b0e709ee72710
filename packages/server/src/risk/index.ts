/** Signals, rules, sequences: a score with its reasons. */
export { noRisk, type RiskAssessor } from './risk-assessor.ts';
