/** Should it, now? A score with its reasons, from rules over what has happened. */
export { noRisk, type RiskAssessment, type RiskAssessor, type RiskFacts } from './risk-assessor.ts';
