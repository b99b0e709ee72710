/** Signals, rules, sequences: a score with its reasons. */
export { noRisk, type RiskAssessment, type RiskAssessor, type RiskFacts } from './risk-assessor.ts';
