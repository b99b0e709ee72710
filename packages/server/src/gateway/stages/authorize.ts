import type { Outcome } from '@reeve/contracts';
import { must } from '../../lib/index.ts';
import type { PolicyRequest } from '../../policies/index.ts';
import type { Passage } from '../passage.ts';
import { flowFacts } from './facts.ts';
import type { StageParts } from './stage.ts';

/** **Can** it? */
export function authorize(passage: Passage, parts: Pick<StageParts, 'policies' | 'flows'>): Outcome | undefined {
  passage.findings.push(...parts.policies.authorize(policyRequest(passage, parts.flows.labels(flowFacts(passage)))));
  return undefined;
}

function policyRequest(passage: Passage, labels: readonly string[]): PolicyRequest {
  const agent = must(passage.agent, 'agent');
  const target = must(passage.target, 'target');
  const fleet = must(passage.fleet, 'fleet');
  const tool = target.kind === 'tool' ? target : undefined;
  return {
    workspace: fleet.workspace,
    agent,
    action: tool === undefined ? 'generate' : 'call',
    resource:
      tool === undefined
        ? { type: 'Model', name: target.name }
        : { type: 'Tool', name: tool.name, server: tool.server },
    context: {
      args: tool?.args ?? {},
      effect: target.effect,
      ...(tool?.amount === undefined ? {} : { amount: tool.amount }),
      ...(tool?.subject === undefined ? {} : { subject: tool.subject }),
      ...(tool?.destination === undefined ? {} : { destination: tool.destination }),
      risk: passage.risk,
      labels,
      run: must(passage.run, 'run').id,
      autonomy: agent.autonomy,
      atMs: passage.action.receivedAtMs,
      timeZone: fleet.settings.timeZone,
      delegation: [],
    },
  };
}
