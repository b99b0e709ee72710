import { isId } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import type { Traces } from '../traces/index.ts';

/** People name a run, rows and stops hold ids. An id is taken as it is, so that it serves though the database does not answer. */
export async function runIdOf(traces: Pick<Traces, 'findRun'>, workspace: string, idOrName: string): Promise<string> {
  if (isId('run', idOrName)) return idOrName;
  const run = await traces.findRun(workspace, idOrName);
  if (run === undefined) throw noRun(workspace, idOrName);
  return run.id;
}

export function noRun(workspace: string, idOrName: string): ReeveError {
  return new ReeveError('not_found', `there is no run ${JSON.stringify(idOrName)} in workspace ${workspace}`);
}
