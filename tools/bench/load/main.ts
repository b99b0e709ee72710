// The load generator's process: takes jobs from the bench, one at a time.
import { runClosedLoop } from './closed-loop.ts';
import type { Job, JobResult } from './job.ts';
import { runOpenLoop } from './open-loop.ts';
import { runStreams } from './streams.ts';

process.on('message', (job: Job) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) =>
      process.send?.({
        count: 0,
        elapsedSeconds: 0,
        latency: { p50: 0, p99: 0, count: 0 },
        failures: 1,
        failure: String(error),
      }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

function run(job: Job): Promise<JobResult> {
  switch (job.kind) {
    case 'closed':
      return runClosedLoop(job);
    case 'open':
      return runOpenLoop(job);
    case 'streams':
      return runStreams(job);
  }
}
