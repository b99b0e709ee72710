/** Labels: where a value came from, where it may go. */
export { type FlowTracker, noFlows } from './flow-tracker.ts';
