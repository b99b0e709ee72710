/** A port: a score with its reasons. Nothing stands behind it in this version. */
export { noRisk, type RiskAssessor } from './risk-assessor.ts';
