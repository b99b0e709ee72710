import type { Outcome } from '@reeve/contracts';
import type { Passage } from '../passage.ts';
import { runOf } from './run-of.ts';
import type { StageParts } from './stage.ts';

/** Who acts, for whom, in which run? Whoever is not registered is remembered as a shadow and told nothing. */
export async function identify(
  passage: Passage,
  parts: Pick<StageParts, 'credentials' | 'shadows' | 'fleets' | 'runs' | 'joiner'>,
): Promise<Outcome | undefined> {
  const { presented } = passage.action;
  const identity = await parts.credentials.identify(presented);
  if (identity === undefined) return unknownCaller(passage, parts, parts.credentials.refusalReason(presented));
  const fleet = parts.fleets.current(identity.workspace);
  const agent = fleet?.agents.get(identity.agent);
  if (fleet === undefined || agent === undefined)
    return unknownCaller(passage, parts, 'its agent is not in the fleet', identity.workspace);
  passage.identity = identity;
  passage.fleet = fleet;
  passage.agent = agent;
  const run = await runOf(passage, identity, parts);
  passage.run = run;
  // What may belong to a run that a person stopped is stopped with it.
  const { joinedBy } = passage;
  const possible = joinedBy?.by === 'uncertain' ? joinedBy.of : [];
  passage.lineage = [...(await parts.runs.lineage(run)), ...possible];
  return undefined;
}

function unknownCaller(
  passage: Passage,
  parts: Pick<StageParts, 'shadows'>,
  reason: string,
  workspace?: string,
): Outcome {
  parts.shadows.seen(passage.action.presented, reason, workspace);
  return passage.refuse('unknown_caller', {
    by: 'identity',
    verdict: 'deny',
    code: 'unauthenticated',
    message:
      'this credential is missing, unknown, expired or revoked; send a key made with `reeve keys create --agent NAME`',
  });
}
