import type { Propose, Wait, Waited } from '../../waiting-pipeline.ts';
import { isObject, type JsonObject } from '../wire/json-rpc.ts';
import {
  type HeldCall,
  isHeldCall,
  notification,
  PAGE_WAIT_MS,
  pageQuestion,
  progressTo,
  waitOf,
} from './approval-wait.ts';
import type { FrontParts, Incoming } from './front-parts.ts';
import type { LegacySession } from './legacy-session.ts';

interface LegacyCall {
  readonly incoming: Incoming;
  readonly session: LegacySession | undefined;
  readonly params: JsonObject;
}

/** A held call of a legacy client: its person is shown the page where the client can, else it waits as long as it may. */
export async function runLegacyTool(
  { pipeline }: Pick<FrontParts, 'pipeline'>,
  propose: Propose,
  call: LegacyCall,
): Promise<Waited> {
  const { incoming, session, params } = call;
  const token = isObject(params._meta) ? params._meta.progressToken : undefined;
  const wait = waitOf(incoming.request.headers, incoming.stream, token);
  const first = await pipeline.pass(propose);
  if (!isHeldCall(first)) return first;
  if (session?.canOpenUrls !== true || !incoming.stream.mayStream) return pipeline.resume(first, propose, wait);
  const asking = { ...call, session };
  return askThenWait(first, asking, (giveUp) =>
    pipeline.resume(first, propose, { forMs: PAGE_WAIT_MS, onProgress: progressTo(incoming.stream, token), giveUp }),
  );
}

/** Asks the caller's person while it waits: whoever answers first, on that page or elsewhere, ends both. */
async function askThenWait(
  held: HeldCall,
  { incoming, session }: LegacyCall & { readonly session: LegacySession },
  resume: (giveUp: NonNullable<Wait['giveUp']>) => Promise<Waited>,
): Promise<Waited> {
  const { approval } = held.outcome;
  const declined = new AbortController();
  const over = new AbortController();
  const question = { ...pageQuestion(held), elicitationId: approval };
  const signal = AbortSignal.any([incoming.gone, over.signal]);
  void session.ask(incoming.stream, 'elicitation/create', question, signal).then(
    (answer) => {
      // Accepting means that the page was opened, not that anybody approved.
      if (answer.action !== 'accept') declined.abort();
    },
    () => declined.abort(),
  );
  try {
    const ended = await resume(declined.signal);
    if (ended !== held)
      incoming.stream.tell(notification('notifications/elicitation/complete', { elicitationId: approval }));
    return ended;
  } finally {
    over.abort();
  }
}
