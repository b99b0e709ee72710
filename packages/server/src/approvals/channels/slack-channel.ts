import { z } from 'zod';
import { headline, statusText } from './approval-words.ts';
import type { Send, SlackConfig } from './channel.ts';
import { callSlack, type SlackApiParts } from './slack-api.ts';
import { slackMessage } from './slack-message.ts';

export interface SlackParts extends SlackApiParts {
  readonly approvalUrl: (approval: string) => string;
}

/** Where a message stands: Slack's id of the channel, and the message's time. */
const placeSchema = z.object({ channel: z.string(), ts: z.string() });

/** One message for each approval, which says at any time how it stands. */
export function slackChannel(parts: SlackParts): Send<SlackConfig> {
  return async (config, delivery, shown, signal) => {
    const at = { config, workspace: delivery.workspace };
    const url = parts.approvalUrl(shown.approval.id);
    const quiet = { parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false };
    const message = { ...slackMessage(shown, url), ...quiet };
    if (delivery.first === undefined) {
      const reply = await callSlack(parts, at, 'chat.postMessage', { channel: config.channel, ...message }, signal);
      return JSON.stringify({ channel: reply.channel ?? config.channel, ts: reply.ts ?? '' });
    }
    const { channel, ts } = placeSchema.parse(JSON.parse(delivery.first));
    await callSlack(parts, at, 'chat.update', { channel, ts, ...message }, signal);
    if (delivery.kind === 'escalated') {
      // An update notifies nobody; a word in the thread does.
      const text = `${headline(shown)}: still ${statusText(shown)}`;
      const said = {
        blocks: [{ type: 'section', text: { type: 'plain_text', emoji: false, text } }],
        text: 'still waiting',
      };
      await callSlack(parts, at, 'chat.postMessage', { channel, thread_ts: ts, ...said, ...quiet }, signal);
    }
    return undefined;
  };
}
