import type { PolicyResource } from '@reeve/policy';
import type { FleetPolicies } from './fleet-policies.ts';
import { canEver } from './who-can.ts';

const MAX_REMEMBERED = 100_000;

/** What agents may see in lists. Asked for each tool of each list and for each call, so the answers of a version are kept. */
export class Listable {
  readonly #policies: FleetPolicies;
  readonly #known = new Map<string, Map<string, boolean>>();
  #size = 0;

  constructor(policies: FleetPolicies) {
    this.#policies = policies;
  }

  mayList(agentName: string, resource: PolicyResource): boolean {
    // A tool's name has a dot and a type of its own, but a model's may have one too.
    const key = resource.type === 'Tool' ? resource.name : `${resource.type} ${resource.name}`;
    const known = this.#known.get(agentName)?.get(key);
    if (known !== undefined) return known;
    const answer = canEver(this.#policies, agentName, resource);
    this.#remember(agentName, key, answer);
    return answer;
  }

  #remember(agentName: string, key: string, answer: boolean): void {
    if (++this.#size > MAX_REMEMBERED) {
      this.#known.clear();
      this.#size = 1;
    }
    const ofAgent = this.#known.get(agentName) ?? new Map<string, boolean>();
    this.#known.set(agentName, ofAgent.set(key, answer));
  }
}
