/** Actions that the agent's own process runs: decided like any other, handed over, and ended by its report. */
export { AdvisedCall, type Permit, type Reported } from './advised-call.ts';
export { AdvisedOperation } from './advised-operation.ts';
export { LocalTools } from './local-tools.ts';
export { OpenActions } from './open-actions.ts';
export { reportSchema } from './report.ts';
