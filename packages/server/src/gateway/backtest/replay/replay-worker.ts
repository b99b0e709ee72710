import { parentPort } from 'node:worker_threads';
import { type ReplayAnswer, ReplaySession, type ReplayTask } from './replay-session.ts';

// Judges recorded calls beside the thread that serves.

const session = new ReplaySession();

parentPort?.on('message', (task: ReplayTask) => {
  session.ask(task).then(
    (answer) => parentPort?.postMessage(answer),
    (error: unknown) => parentPort?.postMessage({ kind: 'broken', message: String(error) } satisfies ReplayAnswer),
  );
});
