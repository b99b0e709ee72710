import type { OutboundClient } from '../../lib/index.ts';
import { agreed } from '../approval.ts';
import {
  argumentFacts,
  claimedReason,
  headline,
  reasonsToWait,
  reversibilityOf,
  statusText,
  WHOLE,
} from './approval-words.ts';
import { type Delivery, type Send, type ShownApproval, Undeliverable, type WebhookConfig } from './channel.ts';
import { webhookHeaders } from './webhook-signature.ts';

export interface WebhookParts {
  readonly outbound: Pick<OutboundClient, 'send'>;
  readonly secretValue: (workspace: string, name: string) => string;
  readonly approvalUrl: (approval: string) => string;
  readonly now: () => number;
}

const HEAD_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 5_000;
const GONE = 410;

/** Standard Webhooks. What an operator did not declare private is reached on public addresses only; redirects are not followed. */
export function webhookChannel(parts: WebhookParts): Send<WebhookConfig> {
  return async ({ url, secret, privateNetwork }, delivery, shown, signal) => {
    const body = JSON.stringify(payloadOf(delivery, shown, parts.approvalUrl(shown.approval.id)));
    const signed = webhookHeaders(parts.secretValue(delivery.workspace, secret), delivery.id, parts.now(), body);
    const response = await parts.outbound.send({
      url: new URL(url),
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'reeve', ...signed },
      body,
      address: privateNetwork ? 'operator' : 'caller',
      signal,
      headTimeoutMs: HEAD_TIMEOUT_MS,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
    });
    response.body.on('error', () => {}).destroy();
    if (response.status >= 200 && response.status < 300) return undefined;
    if (response.status === GONE) throw new Undeliverable('the receiver answered 410: it wants no more');
    throw new Error(`the receiver answered ${response.status}`);
  };
}

function payloadOf(delivery: Delivery, shown: ShownApproval, url: string): object {
  const { approval, content } = shown;
  return {
    type: `approval.${delivery.kind}`,
    timestamp: new Date(delivery.createdAtMs).toISOString(),
    data: {
      id: approval.id,
      url,
      workspace: approval.workspace,
      state: approval.state,
      headline: headline(shown),
      status: statusText(shown),
      agent: approval.agent,
      tool: approval.target,
      effect: approval.effect,
      action: approval.action,
      run: approval.run,
      risk: approval.risk,
      amount: content?.amount ?? null,
      reversible: content === undefined ? null : reversibilityOf(content.reversible),
      arguments: content === undefined ? null : argumentFacts(content.args, WHOLE),
      argsDigest: approval.argsDigest,
      agentSays: claimedReason(shown) ?? null,
      reasons: reasonsToWait(shown),
      requests: approval.requests,
      quorum: approval.terms.quorum,
      approvedBy: agreed(approval).map(({ by }) => by.name),
      requestedAt: new Date(approval.requestedAtMs).toISOString(),
      expiresAt: new Date(approval.expiresAtMs).toISOString(),
    },
  };
}
