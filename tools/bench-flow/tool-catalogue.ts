import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Effect, ToolDeclaration } from '@reeve/contracts';
import { compileSource } from '@reeve/server';

/** What the operator declared of a tool; of one that nobody declared the strictest is assumed. */
export interface KnownTool {
  /** `server.tool`, or the bare name of a tool that nobody declared. */
  readonly target: string;
  readonly effect: Effect;
  readonly declaration: ToolDeclaration | undefined;
  readonly trust: 'trusted' | 'untrusted';
}

export type ToolCatalogue = (name: string) => KnownTool;

/** Compiled as a fleet is: what the server would refuse, this refuses. */
export async function readLabels(files: readonly string[]): Promise<ToolCatalogue> {
  const sources = await Promise.all(
    files.map(async (file, index) => ({ path: `${index}-${basename(file)}`, text: await readFile(file, 'utf8') })),
  );
  const { fleet, problems } = await compileSource({ files: sources }, new Map());
  if (problems.length > 0) {
    const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
    throw new Error(`the labels are not right\n${lines.join('\n')}`);
  }
  const tools = new Map<string, KnownTool>();
  for (const server of fleet.toolServers.values()) {
    for (const [name, declaration] of Object.entries(server.tools)) {
      const target = `${server.name}.${name}`;
      const tool = { target, effect: declaration.effect, declaration, trust: server.trust };
      tools.set(target, tool);
      if (!tools.has(name)) tools.set(name, tool);
    }
  }
  return (name) => tools.get(name) ?? { target: name, effect: 'write', declaration: undefined, trust: 'untrusted' };
}
