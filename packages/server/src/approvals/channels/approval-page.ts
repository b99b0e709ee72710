import { createHash } from 'node:crypto';
import {
  actionFacts,
  argumentFacts,
  claimedReason,
  type Fact,
  headline,
  reasonsToWait,
  requestsText,
  type ShownWhy,
  statusText,
  WHOLE,
} from './approval-words.ts';
import type { ShownApproval } from './channel.ts';
import { type Html, html } from './html.ts';
import { inertLine } from './inert-text.ts';
import { PAGE_STYLE } from './page-style.ts';

const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');

/** No script, nothing fetched, nothing embedded or embedding; the only thing a page can do is to send its form back here. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** What a person may do on the page. */
export interface PageForm {
  readonly person: string;
  /** Signed for one answer of this person to what is shown. Undefined where there is nothing to answer. */
  readonly token: string | undefined;
  /** Where the form goes. */
  readonly action: string;
}

/** The question, as people see it. */
function questionHtml(shown: ShownApproval): Html {
  const { approval, content } = shown;
  const says = claimedReason(shown);
  const why = reasonsToWait(shown);
  return html`<p class="state ${approval.state}">${approval.state}</p>
<h1>${headline(shown)}</h1>
<p>It ${statusText(shown)}.</p>
${requestsText(approval) === undefined ? undefined : html`<p>${requestsText(approval)}</p>`}
<h2>What it would do</h2>${factList(actionFacts(shown))}
${content === undefined ? undefined : html`<h2>Arguments${content.editedBy === undefined ? '' : `, edited by ${inertLine(content.editedBy, 200)}`}</h2>${factList(argumentFacts(content.args, WHOLE), 'args')}`}
${content?.proposedArgs === undefined ? undefined : html`<h2>As the agent proposed them</h2>${factList(argumentFacts(content.proposedArgs, WHOLE), 'args')}`}
${says === undefined ? undefined : html`<h2>The agent says</h2><blockquote>${says}</blockquote>`}
${why.length === 0 ? undefined : html`<h2>Why it waits · risk ${approval.risk} of 100</h2><ul>${why.map(whyItem)}</ul>`}
<h2>Who asks</h2>${factList(askerFacts(shown))}`;
}

/** The page of an approval for somebody who may see it. */
export function approvalPage(shown: ShownApproval, form: PageForm, note?: string): string {
  return wholePage(
    headline(shown),
    html`${noteHtml(note)}${questionHtml(shown)}${decisionForm(shown, form)}
<p class="quiet">You are ${form.person}. To edit the arguments, or to approve calls like this one for a while:
<code>reeve approvals show ${shown.approval.id}</code></p>`,
  );
}

/** Before anybody said who they are: nothing of the approval is told, not even whether there is one. */
export function signInPage(action: string, note?: string): string {
  return wholePage(
    'Approval',
    html`${noteHtml(note)}<h1>Who are you?</h1>
<p>Approvals are shown to the people who may see them. Paste your person token, or use the link in the mail that you got.</p>
<form method="post" action="${action}">
<label for="key">Person token</label>
<input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required>
<div class="choices"><button class="go" type="submit">Show the approval</button></div>
<p class="quiet">An operator makes one with <code>reeve people token create</code>.</p></form>`,
  );
}

function decisionForm({ approval }: ShownApproval, { token, action }: PageForm): Html | undefined {
  if (token === undefined || approval.state !== 'pending') return undefined;
  return html`<form method="post" action="${action}">
<input type="hidden" name="token" value="${token}">
<label for="reason">Reason</label>
<textarea id="reason" name="reason" maxlength="1000" placeholder="Told to the agent when you deny"></textarea>
<div class="choices"><button class="go" name="verdict" value="approve">Approve exactly this</button>
<button class="stop" name="verdict" value="deny">Deny</button></div></form>`;
}

function askerFacts({ approval, purpose, owner }: ShownApproval): Fact[] {
  return [
    { name: 'agent', value: approval.agent },
    ...(purpose === undefined ? [] : [{ name: 'purpose', value: inertLine(purpose, 500) }]),
    ...(owner === undefined ? [] : [{ name: 'owner', value: inertLine(owner, 200) }]),
    { name: 'run', value: approval.run },
    { name: 'action', value: approval.action },
    { name: 'approval', value: approval.id },
    { name: 'digest', value: approval.argsDigest },
  ];
}

function factList(facts: readonly Fact[], kind = ''): Html {
  return html`<dl class="${kind}">${facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function whyItem({ message, score, provenance }: ShownWhy): Html {
  return html`<li>${score === undefined ? undefined : html`<span class="score">+${score}</span>`}${message}${provenance.map((line) => html`<code>${line}</code>`)}</li>`;
}

function noteHtml(note: string | undefined): Html | undefined {
  return note === undefined ? undefined : html`<p class="note" role="alert">${note}</p>`;
}

function wholePage(title: string, body: Html): string {
  // The style's hash is in the policy, so it stands here byte for byte.
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${html`${title}`.text} · Reeve</title><style>${PAGE_STYLE}</style></head><body><main>${body.text}</main></body></html>`;
}
