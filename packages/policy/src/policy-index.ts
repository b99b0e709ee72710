import type { Policy, PolicyAction } from './policy.ts';
import type { PolicyResource } from './policy-request.ts';
import { entityKey, typeKey } from './scope.ts';

/** Finds the policies whose scope can match a request, at a cost that does not grow with the number of policies. */
export class PolicyIndex {
  readonly #byKey = new Map<string, number[]>();
  readonly policies: readonly Policy[];

  constructor(policies: readonly Policy[]) {
    this.policies = policies;
    policies.forEach((policy, position) => {
      for (const action of policy.scope.actions) {
        const key = indexKey(action, policy.scope.resource, policy.scope.agent);
        const positions = this.#byKey.get(key);
        if (positions === undefined) this.#byKey.set(key, [position]);
        else positions.push(position);
      }
    });
  }

  /** Positions in `policies`, ascending. */
  match(agent: string, action: PolicyAction, resource: PolicyResource): number[] {
    const found: number[] = [];
    for (const resourceKey of resourceKeys(resource)) {
      found.push(...(this.#byKey.get(indexKey(action, resourceKey, undefined)) ?? []));
      found.push(...(this.#byKey.get(indexKey(action, resourceKey, agent)) ?? []));
    }
    return found.sort((a, b) => a - b);
  }
}

function resourceKeys(resource: PolicyResource): (string | undefined)[] {
  const keys = [undefined, typeKey(resource.type), entityKey(resource.type, resource.name)];
  return resource.type === 'Tool' ? [...keys, entityKey('ToolServer', resource.server)] : keys;
}

/** The lengths of parts are in the key, so that no name can pass for two parts. */
function indexKey(action: PolicyAction, resource: string | undefined, agent: string | undefined): string {
  return `${action}\n${resource?.length ?? '*'}\n${resource ?? ''}\n${agent === undefined ? '*' : `=${agent}`}`;
}
