import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The gateway under test has a core of its own; everything else shares the other. */
export const GATEWAY_CORE = 1;
export const LOAD_CORE = 0;

let pins: boolean | undefined;

export function canPin(): boolean {
  pins ??= availableParallelism() >= 2 && spawnSync('taskset', ['-c', '1', 'true']).status === 0;
  return pins;
}

/** The bench's own process must not disturb the gateway either. */
export function leaveGatewayCore(): void {
  if (canPin()) spawnSync('taskset', ['-cp', String(LOAD_CORE), String(process.pid)]);
}
