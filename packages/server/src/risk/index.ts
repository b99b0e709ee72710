/** Should it, now? A score with its reasons, from rules over what has happened. */
export { callerHears } from './caller-hears.ts';
export type { AskModel, ModelAnswer, ModelQuestion } from './opinion/ask-model.ts';
export { noRisk, type RiskAssessment, type RiskAssessor, type RiskFacts } from './risk-assessor.ts';
export { RiskEngine } from './risk-engine.ts';
export { type SignalDefinition, type SignalReader, Signals, type SignalValue } from './signals/signals.ts';
export type { AgentHistory } from './thresholds/agent-trust.ts';
