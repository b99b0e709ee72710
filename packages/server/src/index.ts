/** The control plane: start it, and the parts of it that work without a running server. */
export { type LedgerVerification, verifyLedger } from './audit/index.ts';
export { loadConfig, OPTIONS } from './config/index.ts';
export { Flows } from './flows/index.ts';
export { type PolicyTestReport, testPolicies } from './gateway/backtest/index.ts';
export { decisionOf } from './gateway/stages/decide.ts';
export { catalogue as guardrailCatalogue } from './guardrails/index.ts';
export { serve } from './main.ts';
export { compileSource, fleetJsonSchemas, readFleetDirectory } from './registry/index.ts';
export { type RunningServer, startServer } from './start-server.ts';
export { createLogger } from './telemetry/index.ts';
