import { Unavailable } from '../cache.ts';
import type { Arm, ArmName, RunningArm, Upstream } from './arm.ts';
import { bare } from './bare.ts';
import { bifrost } from './bifrost.ts';
import { direct } from './direct.ts';
import { litellm } from './litellm.ts';
import { portkey } from './portkey.ts';
import { reeve, reeveGuarded } from './reeve.ts';

const ARMS: readonly Arm[] = [direct, bare, portkey, litellm, bifrost, reeve, reeveGuarded];

/** Our own arms must start; a peer that cannot is reported with the reason. All but the one under test are stopped. */
export async function startArms(
  names: readonly ArmName[],
  upstream: Upstream,
  say: (text: string) => void,
): Promise<{ arms: RunningArm[]; unavailable: Map<ArmName, string> }> {
  const arms: RunningArm[] = [];
  const unavailable = new Map<ArmName, string>();
  for (const arm of ARMS.filter(({ name }) => names.includes(name))) {
    say(`starting    ${arm.name}`);
    try {
      const running = await arm.start(upstream);
      running.process?.pause();
      arms.push(running);
    } catch (error) {
      if (!PEERS.has(arm.name) && !(error instanceof Unavailable)) throw error;
      unavailable.set(arm.name, (error as Error).message.replaceAll('\n', ' '));
      say(`            not available: ${unavailable.get(arm.name)}`);
    }
  }
  return { arms, unavailable };
}

const PEERS: ReadonlySet<ArmName> = new Set(['portkey', 'litellm', 'bifrost']);
