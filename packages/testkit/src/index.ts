/** A real server in one call, and a simulated model provider. */
export { simulatedWorkspace } from './simulated-workspace.ts';
export { type Reeve, type ReeveOptions, startReeve } from './start-reeve.ts';
export {
  type ModelProvider,
  type ModelProviderOptions,
  type ReceivedRequest,
  startModelProvider,
} from './upstreams/model-provider.ts';
