/** Where a value came from, where it may go: labels of runs, provenance of the values that decide an action. */
export type { Conversation, Message, ProposedCall } from './conversation.ts';
export { type FlowFacts, type FlowResult, type FlowScope, type FlowTracker, noFlows } from './flow-tracker.ts';
