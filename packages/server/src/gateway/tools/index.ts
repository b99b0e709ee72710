/** What calls of tools have in common, whatever the wire behind them: names, arguments and their checks, declared values, targets. */
export { argumentFault } from './argument-fault.ts';
export { ArgumentChecker } from './arguments/argument-checker.ts';
export { type ArgumentCheck, CallArguments } from './call-arguments.ts';
export { sideEffectId } from './declared-values.ts';
export { LateOperation } from './late-operation.ts';
export { editMap, textParts, withEdits } from './text-parts.ts';
export type { ApiToolDefinition, ApiTools, ToolArguments, ToolFinder } from './tool-finder.ts';
export { declarationOf, timeoutOf, toolTarget } from './tool-target.ts';
