import type { DeliveryParts } from './delivery-runner.ts';
import { type EmailParts, emailChannel } from './email-channel.ts';
import { type SlackParts, slackChannel } from './slack-channel.ts';
import { type WebhookParts, webhookChannel } from './webhook-channel.ts';

/** One sender for each type of channel. */
export function sendersOf(
  parts: SlackParts & EmailParts & WebhookParts,
): Pick<DeliveryParts, 'slack' | 'email' | 'webhook'> {
  return { slack: slackChannel(parts), email: emailChannel(parts), webhook: webhookChannel(parts) };
}
