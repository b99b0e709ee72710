/** Where a value came from, where it may go: labels of runs, provenance of the values that decide an action. */
export type { Conversation, Message, ProposedCall } from './conversation.ts';
export { declaredTool } from './declared-tool.ts';
export type { FlowFacts, FlowTracker } from './flow-tracker.ts';
export { Flows } from './flows.ts';
export { type Trifecta, trifectaOf } from './trifecta.ts';
