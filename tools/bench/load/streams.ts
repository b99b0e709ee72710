import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { STREAM_END, sentAtOf } from '../upstream/stream-clock.ts';
import type { Job, JobResult } from './job.ts';
import { Tally } from './tally.ts';

type StreamsJob = Extract<Job, { kind: 'streams' }>;

/** Streams start this far apart, so that their chunks do not arrive in bursts. */
const STAGGER_MS = 7;
const MAX_STREAM_MS = 30_000;

/** Keeps a number of streams open; every chunk says when the upstream sent it, by a clock that all processes of a machine share. */
export async function runStreams(job: StreamsJob): Promise<JobResult> {
  const tally = new Tally();
  const endMs = performance.now() + job.seconds * 1_000;
  const lane = async (number: number) => {
    await delay(number * STAGGER_MS);
    while (performance.now() < endMs) {
      const failure = await readStream(job, number, tally);
      if (failure === undefined) continue;
      tally.bad(failure);
      return;
    }
  };
  await Promise.all(Array.from({ length: job.streams }, (_, number) => lane(number)));
  return tally.result();
}

/** Reads one stream to its end. Answers what was wrong with it, or nothing. */
function readStream({ target }: StreamsJob, number: number, tally: Tally): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port: target.port, host: '127.0.0.1' });
    let text = '';
    let seen = '';
    const finish = (failure: string | undefined) => {
      clearTimeout(timeout);
      socket.destroy();
      resolve(failure);
    };
    const timeout = setTimeout(() => finish('a stream did not end'), MAX_STREAM_MS);
    socket.setNoDelay(true);
    socket.on('connect', () => socket.write(target.requests[number % target.requests.length] as string));
    socket.on('data', (bytes: Buffer) => {
      const now = process.hrtime.bigint();
      text += bytes.toString('latin1');
      const { sentAt, rest } = sentAtOf(text);
      for (const at of sentAt) tally.good(Number(now - at) / 1e6);
      seen = (seen + text).slice(-SHOWN);
      text = rest;
      if (seen.includes(STREAM_END)) finish(undefined);
    });
    socket.on('error', (error) => finish(error.message));
    socket.on('close', () => finish(`a stream ended early: ${seen}`));
  });
}

const SHOWN = 400;
