import { MODEL } from '../fleet/bench-fleet.ts';
import type { Arm, ArmName } from './arm.ts';
import { chatTarget } from './chat-request.ts';
import { ReeveServer } from './reeve-server.ts';

const AGENTS = 10;

export const reeve: Arm = governed('reeve', 'Reeve, fully governed', false);
export const reeveGuarded: Arm = governed('reeve-guarded', 'Reeve, fully governed, four content checks', true);

/** Agent keys, call limits, money, token and call budgets, policies that read context, ledger, traces, payloads, cost. */
function governed(name: ArmName, title: string, guardrails: boolean): Arm {
  return {
    name,
    title,
    async start(upstream) {
      const server = await ReeveServer.start({
        upstreamPort: upstream.port,
        agents: AGENTS,
        ownPolicies: AGENTS / 2,
        guardrails,
      });
      const headers = await server.keys([0, 1, 2, 3]);
      return {
        name,
        title,
        chat: chatTarget(server.port, { model: MODEL, headers }),
        process: server.process,
        stop: () => server[Symbol.asyncDispose](),
      };
    },
  };
}
