import { Connection } from '../wire/connection.ts';
import type { Job, JobResult } from './job.ts';
import { Tally } from './tally.ts';

type ClosedJob = Extract<Job, { kind: 'closed' }>;

/** A flood of refusals says nothing about throughput. */
const MAX_FAILURES = 100;

export async function runClosedLoop(job: ClosedJob): Promise<JobResult> {
  const { target, seconds, calls = Number.POSITIVE_INFINITY } = job;
  const requests = target.requests.map((text) => Buffer.from(text));
  const connections = await Promise.all(Array.from({ length: job.connections }, () => Connection.open(target.port)));
  const tally = new Tally();
  const endMs = performance.now() + seconds * 1_000;
  let sent = 0;
  let failed = 0;
  const drive = (connection: Connection) =>
    new Promise<void>((resolve) => {
      const next = () => {
        const startedMs = performance.now();
        if (startedMs >= endMs || sent >= calls || failed >= MAX_FAILURES) return resolve();
        const request = requests[sent++ % requests.length] as Buffer;
        connection.call(request, target.expect, (failure) => {
          if (failure === undefined) tally.good(performance.now() - startedMs);
          else {
            failed += 1;
            tally.bad(failure);
          }
          next();
        });
      };
      next();
    });
  await Promise.all(connections.map(drive));
  const result = tally.result();
  for (const connection of connections) connection.close();
  return result;
}
