import { sendMail } from '../../lib/index.ts';
import { type Delivery, type EmailConfig, type Send, type ShownApproval, Undeliverable } from './channel.ts';
import { mailOf } from './email-message.ts';
import type { PageLinks } from './page-link.ts';

export interface EmailParts {
  readonly secretValue: (workspace: string, name: string) => string;
  readonly links: PageLinks;
  readonly approvalUrl: (approval: string) => string;
}

/** After an approval ended, its page still says how. */
const LINK_LIVES_ON_MS = 7 * 86_400_000;

/** A mail to each person, with a link that only they got. It shows; deciding takes a click on the page. */
export function emailChannel(parts: EmailParts): Send<EmailConfig> {
  return async (config, delivery, shown, signal) => {
    const server = { url: urlOf(config.smtp), login: loginOf(parts, config, delivery) };
    const { subject, text, html } = mailOf(shown, delivery.kind, linkFor(parts, delivery, shown));
    const mail = {
      from: config.from,
      to: delivery.recipient,
      subject,
      text,
      html,
      messageId: `<${delivery.id}@${config.from.split('@').at(-1)}>`,
      headers: { 'auto-submitted': 'auto-generated', 'x-reeve-approval': shown.approval.id },
    };
    await sendMail(server, mail, signal);
    return delivery.id;
  };
}

function linkFor({ links, approvalUrl }: EmailParts, { workspace, recipient }: Delivery, { approval }: ShownApproval) {
  const untilMs = approval.expiresAtMs + LINK_LIVES_ON_MS;
  const token = links.sign({ may: 'see', workspace, approval: approval.id, address: recipient, untilMs });
  return `${approvalUrl(approval.id)}?t=${token}`;
}

function urlOf(smtp: string): URL {
  const url = new URL(smtp);
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')
    throw new Undeliverable('the address of the mail server begins with smtp:// or smtps://');
  return url;
}

function loginOf({ secretValue }: EmailParts, { credential }: EmailConfig, { workspace }: Delivery) {
  if (credential === undefined) return undefined;
  const [user = '', ...password] = secretValue(workspace, credential).trim().split(':');
  return { user, password: password.join(':') };
}
