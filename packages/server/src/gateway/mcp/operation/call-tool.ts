import { hasOnlyDeclaredTools } from '@reeve/contracts';
import type { CalledTool, Operation } from '../../action.ts';
import { LateOperation } from '../../tools/index.ts';
import type { JsonObject } from '../wire/json-rpc.ts';
import type { CallerExchange } from './exchange.ts';
import type { LocatedTool, LocateTool, OperationParts } from './operation-parts.ts';
import { ToolOperation } from './tool-operation.ts';

/** A `tools/call` of whatever kind of tool the name turns out to mean. */
export function callTool(
  parts: OperationParts,
  locate: LocateTool,
  called: CalledTool,
  caller: CallerExchange,
): Operation {
  const { args } = called;
  return new LateOperation((fleet) => {
    const located = locate(fleet);
    if (located instanceof Promise) return located.then((found) => found && callLocated(parts, found, args, caller));
    return located && callLocated(parts, located, args, caller);
  }, called);
}

export function callLocated(
  parts: OperationParts,
  located: LocatedTool,
  args: JsonObject,
  caller: CallerExchange,
): Operation | undefined {
  const { server, tool } = located;
  if (hasOnlyDeclaredTools(server)) return parts.apiTools.operation(server, tool, args);
  return new ToolOperation(parts, { located, args, caller });
}
