import { parentPort } from 'node:worker_threads';
import { type CheckArguments, compileSchema } from './compile-schema.ts';

// Runs schemas that could take forever, in a thread that can be ended. Knows nothing but schemas and arguments.

export interface WorkerTask {
  readonly id: number;
  readonly hash: string;
  readonly schema: string;
  readonly args: string;
}

export type WorkerAnswer =
  | { readonly id: number; readonly fault: string | undefined }
  | { readonly id: number; readonly broken: string };

const MAX_COMPILED = 500;
const compiled = new Map<string, CheckArguments>();

parentPort?.on('message', (task: WorkerTask) => {
  parentPort?.postMessage(answer(task));
});

function answer(task: WorkerTask): WorkerAnswer {
  try {
    let check = compiled.get(task.hash);
    if (check === undefined) {
      check = compileSchema(JSON.parse(task.schema));
      if (compiled.size >= MAX_COMPILED) compiled.clear();
      compiled.set(task.hash, check);
    }
    return { id: task.id, fault: check(JSON.parse(task.args)) };
  } catch (error) {
    return { id: task.id, broken: (error as Error).message };
  }
}
