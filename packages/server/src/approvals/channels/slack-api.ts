import { z } from 'zod';
import { type OutboundClient, readBody } from '../../lib/index.ts';
import { type SlackConfig, Undeliverable } from './channel.ts';

const SLACK_API = 'https://slack.com/api';
const HEAD_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 5_000;
const MAX_REPLY_BYTES = 256 * 1024;
/** What no later attempt mends; an operator must. */
const FINAL = new Set([
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'channel_not_found',
  'is_archived',
  'missing_scope',
]);

const replySchema = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  ts: z.string().optional(),
  channel: z.string().optional(),
});
export type SlackReply = z.infer<typeof replySchema>;

export interface SlackApiParts {
  readonly outbound: Pick<OutboundClient, 'send'>;
  readonly secretValue: (workspace: string, name: string) => string;
}

/** One method of Slack's Web API. */
export async function callSlack(
  parts: SlackApiParts,
  { config, workspace }: { readonly config: SlackConfig; readonly workspace: string },
  method: 'chat.postMessage' | 'chat.update' | 'chat.postEphemeral',
  body: object,
  signal: AbortSignal,
): Promise<SlackReply> {
  const response = await parts.outbound.send({
    url: new URL(`${config.baseUrl ?? SLACK_API}/${method}`),
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      authorization: `Bearer ${parts.secretValue(workspace, config.token).trim()}`,
    },
    body: JSON.stringify(body),
    address: 'operator',
    signal,
    headTimeoutMs: HEAD_TIMEOUT_MS,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  });
  const bytes = await readBody(response, MAX_REPLY_BYTES);
  if (response.status !== 200) throw new Error(`Slack answered ${response.status} to ${method}`);
  const reply = replySchema.parse(JSON.parse(bytes.toString('utf8')));
  if (reply.ok) return reply;
  const problem = `Slack refused ${method}: ${reply.error ?? 'no reason given'}`;
  throw FINAL.has(reply.error ?? '') ? new Undeliverable(problem) : new Error(problem);
}
