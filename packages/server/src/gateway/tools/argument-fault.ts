import type { Agent } from '@reeve/contracts';
import { ReeveError } from '../../lib/index.ts';
import type { Fleet } from '../../registry/index.ts';
import type { ToolArguments, ToolFinder } from './tool-finder.ts';

/**
 * What is wrong with arguments for a tool, in words, or undefined where they fit or nobody can tell now: they are judged again by
 * the call that brings them.
 */
export async function argumentFault(
  tools: ToolFinder,
  { fleet, agent, tool, args }: { fleet: Fleet; agent: Agent; tool: string; args: ToolArguments },
): Promise<string | undefined> {
  try {
    const found = await tools.find(fleet, tool, args);
    const operation = found?.advised?.() ?? found;
    return operation?.check(await operation.resolve(fleet, agent));
  } catch (error) {
    return error instanceof ReeveError && error.code === 'invalid_arguments' ? error.message : undefined;
  }
}
