/** A port: where a value came from, where it may go. Nothing stands behind it in this version. */
export { type FlowTracker, noFlows } from './flow-tracker.ts';
