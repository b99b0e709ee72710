import { z } from 'zod';
import { ReeveError, toReeveError } from '../../lib/index.ts';
import type { ApprovalChannels } from './approval-channels.ts';
import type { ApprovalCounter, ShownApproval, SlackConfig } from './channel.ts';
import { callSlack, type SlackApiParts } from './slack-api.ts';
import { APPROVE, type ButtonValue, DENY, slackMessage } from './slack-message.ts';
import { isSignedBySlack, type SignedRequest, SLACK_TOLERANCE_MS } from './slack-signature.ts';

export interface InteractionParts extends SlackApiParts {
  readonly channels: ApprovalChannels;
  readonly counter: ApprovalCounter;
  readonly approvalUrl: (approval: string) => string;
  readonly now: () => number;
  readonly onFault: (message: string, error: unknown) => void;
}

const MAX_BODY_BYTES = 256 * 1024;
const AFTERWARDS_TIMEOUT_MS = 15_000;
const payloadSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string().max(64) }),
  channel: z.object({ id: z.string().max(64) }).optional(),
  message: z.object({ ts: z.string().max(64) }).optional(),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().max(2_000).optional() }))
    .min(1)
    .max(10),
});
const valueSchema = z.object({
  workspace: z.string(),
  approval: z.string(),
  argsDigest: z.string(),
  count: z.number(),
});

type Payload = z.infer<typeof payloadSchema>;

interface Click {
  readonly payload: Payload;
  readonly value: ButtonValue;
  readonly verdict: 'approve' | 'deny';
  readonly config: SlackConfig;
}

/**
 * A click in Slack. Slack vouches for who clicked; whether that person may decide is asked here and now. Throws ReeveError
 * `unauthenticated` where the request is not Slack's, or came before. Answers what goes on after Slack was answered.
 */
export async function takeSlackClick(parts: InteractionParts, request: SignedRequest): Promise<() => Promise<void>> {
  const { payload, value } = readPayload(request.body);
  // A link button tells us of its click too.
  const verdict = verdictOf(payload.actions[0]?.action_id);
  const shown = await parts.counter.show(value.workspace, value.approval);
  const config = shown === undefined ? undefined : signedFor(parts, shown, request);
  if (shown === undefined || config === undefined) throw notSlack();
  const untilMs = parts.now() + 2 * SLACK_TOLERANCE_MS;
  if (!(await parts.channels.store.firstUse(`slack:${String(request.signature)}`, untilMs))) throw notSlack();
  if (verdict === undefined) return async () => undefined;
  const click: Click = { payload, value, verdict, config };
  const problem = await decide(parts, click);
  return () => tell(parts, click, problem).catch((error: unknown) => parts.onFault('Slack was not told', error));
}

/** What the request names is believed only for finding the secret that must have signed it. */
function readPayload(body: Uint8Array): { payload: Payload; value: ButtonValue } {
  if (body.length > MAX_BODY_BYTES) throw notSlack();
  try {
    const text = new URLSearchParams(Buffer.from(body).toString('utf8')).get('payload') ?? '';
    const payload = payloadSchema.parse(JSON.parse(text));
    const held = payload.actions[0]?.value;
    return { payload, value: valueSchema.parse(JSON.parse(held ?? '')) };
  } catch {
    throw notSlack();
  }
}

/** The channel that this approval was told to, if its secret signed the request. */
function signedFor(
  parts: InteractionParts,
  { approval }: ShownApproval,
  request: SignedRequest,
): SlackConfig | undefined {
  for (const { config } of parts.channels.placesOf(approval.workspace, approval.terms.objects)) {
    if (!('slack' in config)) continue;
    const secret = secretOrNone(parts, approval.workspace, config.slack.signingSecret);
    if (secret !== undefined && isSignedBySlack(request, secret, parts.now())) return config.slack;
  }
  return undefined;
}

function secretOrNone(parts: InteractionParts, workspace: string, name: string): string | undefined {
  try {
    const secret = parts.secretValue(workspace, name).trim();
    return secret === '' ? undefined : secret;
  } catch {
    return undefined;
  }
}

/** What is wrong with it, in words for the person; undefined where it counts. */
async function decide(
  parts: InteractionParts,
  { payload, value, verdict, config }: Click,
): Promise<string | undefined> {
  const { workspace, approval, argsDigest, count } = value;
  const address = Object.hasOwn(config.people, payload.user.id) ? config.people[payload.user.id] : undefined;
  if (address === undefined)
    return 'Reeve does not know whose Slack account this is; the Approvals object lists them under `people`.';
  try {
    const by = await parts.counter.person(workspace, address);
    if (by === undefined) return `${address} is nobody who may decide here.`;
    await parts.counter.decide({ workspace, approval, by, verdict, argsDigest, count, reason: undefined });
    return undefined;
  } catch (error) {
    const ours = toReeveError(error);
    if (ours.code === 'internal') parts.onFault('a click in Slack could not be taken', error);
    return ours.message;
  }
}

/** The message says how it stands now; what did not count is told to the person alone. */
async function tell(
  parts: InteractionParts,
  { payload, value, config }: Click,
  problem: string | undefined,
): Promise<void> {
  const at = { config, workspace: value.workspace };
  const signal = AbortSignal.timeout(AFTERWARDS_TIMEOUT_MS);
  const channel = payload.channel?.id ?? config.channel;
  if (problem !== undefined) {
    const blocks = [{ type: 'section', text: { type: 'plain_text', emoji: false, text: problem } }];
    const said = { channel, user: payload.user.id, text: 'Your click did not count.', blocks };
    await callSlack(parts, at, 'chat.postEphemeral', said, signal);
  }
  const shown = await parts.counter.show(value.workspace, value.approval);
  if (shown === undefined || payload.message === undefined) return;
  const message = slackMessage(shown, parts.approvalUrl(value.approval));
  await callSlack(parts, at, 'chat.update', { channel, ts: payload.message.ts, ...message }, signal);
}

function verdictOf(actionId: string | undefined): 'approve' | 'deny' | undefined {
  if (actionId === APPROVE) return 'approve';
  return actionId === DENY ? 'deny' : undefined;
}

function notSlack(): ReeveError {
  return new ReeveError('unauthenticated', 'this is not a click that Slack signed just now');
}
