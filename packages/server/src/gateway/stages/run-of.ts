import type { RunId } from '@reeve/contracts';
import type { Identity } from '../../access/index.ts';
import { ReeveError } from '../../lib/index.ts';
import type { RunRef } from '../../traces/index.ts';
import type { Passage } from '../passage.ts';
import type { StageParts } from './stage.ts';

type RunParts = Pick<StageParts, 'runs' | 'joiner'>;
type RunRequest = Parameters<StageParts['runs']['resolve']>[0];

/**
 * The run that the caller names. Of a caller that names none: the run that its traffic proves, else that of its connection, else that
 * of its trace, else a new one. Where several runs are possible none of them is blamed, and all of them are named.
 */
export function runOf(passage: Passage, identity: Identity, parts: RunParts): RunRef | Promise<RunRef> {
  const { attribution, operation, id: action, receivedAtMs: atMs } = passage.action;
  const { workspace, agent } = identity;
  const request = { workspace, agent, attribution, atMs };
  if (attribution.run !== undefined || attribution.parentRun !== undefined) return parts.runs.resolve(request);
  const { mcpSession: session, traceId } = attribution;
  const { join, thread } = parts.joiner.find({
    workspace,
    agent,
    atMs,
    action,
    conversation: operation.conversation?.(),
    response: operation.continues?.(),
    called: operation.called?.(),
    session,
    traceId,
  });
  passage.thread = thread;
  if (join.kind === 'alone') return begin(passage, request, parts);
  if (join.kind === 'uncertain') {
    passage.joinedBy = { by: 'uncertain', of: join.candidates };
    return begin(passage, request, parts);
  }
  passage.joinedBy = { by: join.by, of: [join.of] };
  return goOn(passage, request, join.run, parts);
}

/** A run that was never written and is no longer known begins anew. */
function goOn(passage: Passage, request: RunRequest, run: RunId, parts: RunParts): RunRef | Promise<RunRef> {
  const lost = (error: unknown) => {
    if (!(error instanceof ReeveError) || error.code !== 'invalid_request') throw error;
    passage.joinedBy = undefined;
    return begin(passage, request, parts);
  };
  try {
    const found = parts.runs.resolve(named(request, run));
    return found instanceof Promise ? found.catch(lost) : found;
  } catch (error) {
    return lost(error);
  }
}

/** Its connection, its trace, or nothing but itself. Clients that trace themselves may begin a trace for each call. */
function begin(passage: Passage, request: RunRequest, parts: RunParts): RunRef | Promise<RunRef> {
  const { traceId, mcpSession } = request.attribution;
  if (mcpSession !== undefined)
    return told(passage, 'session', mcpSession, parts.runs.resolve(named(request, mcpSession)));
  const run = parts.runs.resolve(request);
  return traceId === undefined ? run : told(passage, 'trace', traceId, run);
}

function told(
  passage: Passage,
  by: 'trace' | 'session',
  name: string,
  found: RunRef | Promise<RunRef>,
): RunRef | Promise<RunRef> {
  if (found instanceof Promise) return found.then((run) => told(passage, by, name, run));
  const others = passage.joinedBy?.of.filter((run) => run !== found.id) ?? [];
  if (others.length > 0) passage.joinedBy = { by: 'uncertain', of: others };
  else passage.joinedBy = found.startedAtMs < passage.action.receivedAtMs ? { by, of: [name] } : undefined;
  return found;
}

function named(request: RunRequest, run: string): RunRequest {
  return { ...request, attribution: { ...request.attribution, run } };
}
