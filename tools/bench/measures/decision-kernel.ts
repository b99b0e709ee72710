import { compilePolicies, PolicyEvaluator, type PolicyRequest } from '@reeve/policy';
import { agentName, MODEL, policyTexts } from '../fleet/bench-fleet.ts';
import { median } from '../statistics.ts';

const DECISIONS = 4_000;
const WARM = 1_000;
const CALLERS = 200;

interface Kernel {
  /** Microseconds at the median, a value for each round. */
  readonly few: number[];
  readonly many: number[];
}

/** One decision of the policy evaluator, without a server around it. The policies read risk and labels, so none can be remembered. */
export async function decisionMicroseconds(
  fewAgents: number,
  large: { readonly agents: number; readonly ownPolicies: number },
  rounds: number,
): Promise<Kernel> {
  const few = await evaluatorOf(fewAgents / 2);
  const many = await evaluatorOf(large.ownPolicies);
  const result: Kernel = { few: [], many: [] };
  for (let round = 0; round < rounds; round++) {
    result.few.push(decide(few, fewAgents));
    result.many.push(decide(many, large.agents));
  }
  return result;
}

async function evaluatorOf(ownPolicies: number): Promise<PolicyEvaluator> {
  const { policies, problems } = await compilePolicies(policyTexts(ownPolicies));
  if (problems.length > 0) throw new Error(`the bench's policies are wrong: ${problems[0]?.message}`);
  return new PolicyEvaluator(policies);
}

function decide(evaluator: PolicyEvaluator, agents: number): number {
  const callers = Math.min(agents, CALLERS);
  const times: number[] = [];
  for (let number = 0; number < WARM + DECISIONS; number++) {
    const request = requestOf(agentName(Math.floor(((number % callers) * agents) / callers)), number);
    const startedMs = performance.now();
    const { failClosed } = evaluator.evaluate(request);
    const took = performance.now() - startedMs;
    if (failClosed) throw new Error('the evaluator could not decide');
    if (number >= WARM) times.push(took * 1_000);
  }
  return median(times);
}

function requestOf(agent: string, number: number): PolicyRequest {
  return {
    agent,
    action: 'generate',
    resource: { type: 'Model', name: MODEL },
    context: {
      args: {},
      effect: 'read',
      risk: number % 40,
      labels: [],
      run: `run_${number}`,
      autonomy: 'supervised',
      atMs: 1_790_000_000_000,
      timeZone: 'UTC',
      delegation: [],
    },
  };
}
