import type { Agent, Finding } from '@reeve/contracts';
import type { Evaluation, Hold } from '@reeve/policy';
import type { PolicyRequest } from './policy-request.ts';

// What callers are told. Rules stay out of it: an operator finds them in the finding's `rule` and by `reeve actions show ID`.

/** `rule` of a denial that no policy made. */
const NO_PERMIT = 'no permit';
const BOUNDS = 'agent bounds';

export function deniedByEvaluation(request: PolicyRequest, evaluation: Evaluation): Finding {
  if (evaluation.failClosed) return failedClosed(evaluation.errors.map(({ policy }) => policy).join(', '));
  const { inexpressible, determining, errors } = evaluation;
  if (inexpressible !== undefined) {
    return deny(`${inexpressible}, because a policy decides on it; ${askOwner(request.agent)}`, 'args');
  }
  if (determining.length > 0) {
    const generic = `a policy forbids ${request.agent.name} to ${deed(request)}; ${askOwner(request.agent)}`;
    return deny(evaluation.message ?? generic, determining.join(', '));
  }
  const erred = errors.length === 0 ? '' : ` (could not evaluate ${errors.map(({ policy }) => policy).join(', ')})`;
  const seeing = request.resource.type === 'Tool' ? `reeve who-can ${request.resource.name} shows what exists; ` : '';
  return deny(
    `${request.agent.name} may ${deed(request)} only with a permit that covers this call; ${seeing}${askOwner(request.agent)}`,
    `${NO_PERMIT}${erred}`,
  );
}

export function heldBy(request: PolicyRequest, { policy, waitsFor, message }: Hold): Finding {
  const until = waitsFor === 'person' ? 'once a person agreed' : 'once facts that are missing are known';
  return {
    by: 'policy',
    verdict: 'hold',
    code: 'approval_required',
    message: message ?? `${request.agent.name} may ${deed(request)} only ${until}`,
    rule: policy,
    waitsFor,
  };
}

/** What policies in dry-run would have changed: recorded, told to nobody who calls. */
export function triedBy({ decision, determining, failClosed, policies }: NonNullable<Evaluation['dryRun']>): Finding {
  const why = failClosed ? 'could not be evaluated' : determining.join(', ') || NO_PERMIT;
  return {
    by: 'policy',
    verdict: 'allow',
    message: `dry run: would have been ${WOULD[decision]} (${why})`,
    rule: policies.join(', '),
    wouldBe: decision,
  };
}

const WOULD = { allow: 'allowed', hold: 'held', deny: 'denied' } as const;

export function deniedByBounds(request: PolicyRequest): Finding {
  const list = request.resource.type === 'Tool' ? 'tools' : 'models';
  return deny(
    `${request.agent.name} may not ${deed(request)}: it is not among the ${list} of the agent; ${askOwner(request.agent)} to add it there`,
    BOUNDS,
  );
}

export function deniedByState(agent: Agent): Finding {
  const next = agent.state === 'draft' ? 'once it is active' : 'no more';
  return deny(`${agent.name} is ${agent.state} and may act ${next}; ${askOwner(agent)}`, `agent ${agent.state}`);
}

/** It proposes, and nothing that changes anything happens: recorded with what policies would have made of it. */
export function deniedInShadow(agent: Agent, decided: Evaluation['decision']): Finding {
  return {
    by: 'policy',
    verdict: 'deny',
    code: 'policy_denied',
    message: `${agent.name} is in shadow: what it proposes is recorded and not executed; policies would have ${WOULD[decided]} it; ${askOwner(agent)} to raise its autonomy`,
    rule: 'autonomy shadow',
    wouldBe: decided,
  };
}

export function deniedUnknown(): Finding {
  return deny('no policies are in force for this agent; apply a fleet that has it', 'no policies');
}

export function failedClosed(rule: string): Finding {
  return {
    by: 'policy',
    verdict: 'deny',
    code: 'fail_closed',
    message:
      'a policy could not be evaluated, so nothing was done; the operator finds the cause in the record of this action',
    rule,
  };
}

function deny(message: string, rule: string): Finding {
  return { by: 'policy', verdict: 'deny', code: 'policy_denied', message, rule };
}

function deed({ action, resource }: PolicyRequest): string {
  if (action === 'call') return `call ${resource.name}`;
  if (action === 'generate') return `use the model ${resource.name}`;
  return action === 'message' ? `send messages to ${resource.name}` : `start tasks at ${resource.name}`;
}

function askOwner(agent: Agent): string {
  return `ask ${agent.owner}`;
}
