import { startVitest } from 'vitest/node';

/** Runs the suites whose names contain the word. They need a mount, strace or minutes; where they cannot run they fail and say what is missing. */
export async function runFaultSuite(name: string): Promise<void> {
  const vitest = await startVitest('test', [name], {
    config: false,
    root: new URL('../..', import.meta.url).pathname,
    include: ['e2e/resilience/*.fault.ts'],
    watch: false,
    pool: 'forks',
    fileParallelism: false,
  });
  await vitest.close();
}
