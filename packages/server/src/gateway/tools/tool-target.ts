import {
  durationMs,
  type Effect,
  type Grade,
  type ToolDeclaration,
  type ToolServer,
  usdToNano,
} from '@reeve/contracts';
import type { ToolTargetRef } from '../action.ts';
import type { CallArguments } from './call-arguments.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

/** An undeclared tool counts as write, outward and irreversible, whatever its annotations say. */
export function toolTarget(
  server: ToolServer,
  tool: string,
  args: CallArguments,
  definition?: ToolTargetRef['definition'],
  undeclared: Effect = 'write',
): ToolTargetRef {
  const declaration = declarationOf(server, tool);
  const effect = declaration?.effect ?? undeclared;
  return {
    kind: 'tool',
    name: `${server.name}.${tool}`,
    server: server.name,
    tool,
    effect,
    grade: gradeOf(server),
    reversible: effect === 'read' ? 'compensable' : reversibility(declaration),
    declaration,
    trust: declaration?.trust ?? server.trust,
    definition,
    worstCase: { nanoUsd: usdToNano(declaration?.costUsd ?? 0), tokens: 0 },
    ...args.values,
    // Policies judge what will be sent: a guardrail may rewrite the arguments before they look.
    get args() {
      return args.current;
    },
  };
}

export function declarationOf(server: ToolServer, tool: string): ToolDeclaration | undefined {
  return Object.hasOwn(server.tools, tool) ? server.tools[tool] : undefined;
}

export function timeoutOf(declaration: ToolDeclaration | undefined): number {
  return declaration?.timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(declaration.timeout);
}

function gradeOf({ credential, transport }: ToolServer): Grade {
  if ('local' in transport) return 'advised';
  return credential !== undefined || 'stdio' in transport ? 'executed' : 'proxied';
}

function reversibility(declaration: ToolDeclaration | undefined): ToolTargetRef['reversible'] {
  const declared = declaration?.reversible;
  if (declared === undefined || declared === 'irreversible') return 'irreversible';
  return declared.within === undefined ? 'compensable' : { withinMs: durationMs(declared.within) };
}
