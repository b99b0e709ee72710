import { readdirSync, readFileSync } from 'node:fs';

const KIB = 1_024;

/** Resident memory of a process, from the kernel. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) * KIB;
}

/** Time that all threads of a process have spent on a core. */
export function processorMs(pid: number): number {
  let total = 0n;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [onCore = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    total += BigInt(onCore);
  }
  return Number(total) / 1e6;
}
