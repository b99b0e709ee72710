import type { NoticeKind } from '../approval-notice.ts';
import { type Fact, headline, requestsText, reversibilityOf, statusText } from './approval-words.ts';
import type { ShownApproval } from './channel.ts';
import { html } from './html.ts';
import { MAIL_STYLE } from './page-style.ts';

const SUBJECTS: Partial<Record<NoticeKind, string>> = {
  requested: 'Approval needed',
  escalated: 'Approval still needed',
  approved: 'Approved',
  denied: 'Denied',
  expired: 'Expired',
  withdrawn: 'Withdrawn',
};

/**
 * Subject and bodies. Nothing that an agent or a tool wrote stands in a mail: mail programs make links of text, mails are passed on,
 * and they are kept by others. The page shows everything.
 */
export function mailOf(
  shown: ShownApproval,
  kind: NoticeKind,
  link: string,
): { subject: string; text: string; html: string } {
  const subject = `${SUBJECTS[kind] ?? 'Approval'}: ${headline(shown)}`;
  return { subject, text: textOf(shown, link), html: htmlOf(shown, link) };
}

function factsOf({ approval, content }: ShownApproval): Fact[] {
  return [
    { name: 'effect', value: approval.effect },
    ...(content === undefined ? [] : [{ name: 'can it be undone', value: reversibilityOf(content.reversible) }]),
    ...(approval.amount === undefined ? [] : [{ name: 'amount', value: String(approval.amount) }]),
    { name: 'risk', value: `${approval.risk} of 100` },
    { name: 'approval', value: approval.id },
  ];
}

function textOf(shown: ShownApproval, link: string): string {
  const batch = requestsText(shown.approval);
  return [
    `${headline(shown)}.`,
    `It ${statusText(shown)}.`,
    ...(batch === undefined ? [] : [batch]),
    '',
    ...factsOf(shown).map(({ name, value }) => `  ${name}: ${value}`),
    '',
    'See everything and decide (this link is yours alone, do not pass it on):',
    link,
    '',
    'Opening it decides nothing.',
    '',
  ].join('\n');
}

function htmlOf(shown: ShownApproval, link: string): string {
  const facts = factsOf(shown).map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  const page = html`<main><h1>${headline(shown)}</h1><p>It ${statusText(shown)}.</p>
<p>${requestsText(shown.approval) ?? ''}</p><dl>${facts}</dl>
<p><a class="button" href="${link}">See everything and decide</a></p>
<p class="quiet">This link is yours alone: do not pass it on. Opening it decides nothing.</p></main>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><style>${MAIL_STYLE}</style></head><body>${page.text}</body></html>`;
}
