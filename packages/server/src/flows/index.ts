/** Labels: where a value came from, where it may go. */
export { type FlowFacts, type FlowTracker, noFlows } from './flow-tracker.ts';
