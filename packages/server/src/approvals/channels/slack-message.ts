import {
  actionFacts,
  argumentFacts,
  BRIEF,
  claimedReason,
  type Fact,
  headline,
  reasonsToWait,
  requestsText,
  statusText,
  WHOLE,
} from './approval-words.ts';
import type { ShownApproval } from './channel.ts';

/** What is in a button: which approval, and what exactly the person saw. */
export interface ButtonValue {
  readonly workspace: string;
  readonly approval: string;
  readonly argsDigest: string;
  readonly count: number;
}

export const APPROVE = 'reeve_approve';
export const DENY = 'reeve_deny';
const MAX_BLOCK_TEXT = 2_800;
const MAX_REASONS = 8;

export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly object[];
}

/**
 * INVARIANT: text of agents and tools stands only in plain_text and preformatted rich text, where Slack reads no mention, link or
 * markup; never in `mrkdwn`.
 */
export function slackMessage(shown: ShownApproval, url: string): SlackMessage {
  const blocks: object[] = [{ type: 'header', text: plain(headline(shown), 150) }, section(statusText(shown))];
  blocks.push(preformatted(lines(actionFacts(shown))));
  const args = shown.content === undefined ? [] : argumentFacts(shown.content.args, BRIEF);
  if (args.length > 0) blocks.push(section('Arguments'), preformatted(lines(args)));
  const isWhole = showsWhole(shown);
  if (!isWhole) blocks.push(section('Not everything fits here: open the page to see all of it and to approve.'));
  const says = claimedReason(shown);
  if (says !== undefined) blocks.push(section('The agent says'), preformatted(says));
  const why = reasonsToWait(shown).slice(0, MAX_REASONS).map(whyLine);
  if (why.length > 0) blocks.push(section(`Why it waits (risk ${shown.approval.risk})`), preformatted(why.join('\n')));
  const batch = requestsText(shown.approval);
  if (batch !== undefined) blocks.push(section(batch));
  if (shown.approval.state === 'pending') blocks.push(buttons(shown, url, isWhole));
  return { text: fallback(shown), blocks };
}

/** Shown in notifications, where Slack does read markup: names only, and those escaped. */
function fallback(shown: ShownApproval): string {
  const line = `${headline(shown)}: ${shown.approval.state}`;
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('@', '@\u200b');
}

/** Nobody approves what they were not shown: what is cut here is approved on the page. */
function showsWhole({ content }: ShownApproval): boolean {
  if (content === undefined) return false;
  const whole = lines(argumentFacts(content.args, WHOLE));
  return whole.length <= MAX_BLOCK_TEXT && whole === lines(argumentFacts(content.args, BRIEF));
}

function buttons(shown: ShownApproval, url: string, mayApprove: boolean): object {
  const { workspace, id: approval, argsDigest, requests: count } = shown.approval;
  const value = JSON.stringify({ workspace, approval, argsDigest, count } satisfies ButtonValue);
  const confirm = {
    title: plain('Approve?', 100),
    text: plain(`${headline(shown)}, with exactly the arguments shown.`, 300),
    confirm: plain('Approve', 30),
    deny: plain('Back', 30),
  };
  const approve = { type: 'button', action_id: APPROVE, style: 'primary', text: plain('Approve', 75), value, confirm };
  return {
    type: 'actions',
    elements: [
      ...(mayApprove ? [approve] : []),
      { type: 'button', action_id: DENY, style: 'danger', text: plain('Deny', 75), value },
      { type: 'button', action_id: 'reeve_open', text: plain('Open, deny with a reason', 75), url, value },
    ],
  };
}

function whyLine({ message, score, provenance }: ReturnType<typeof reasonsToWait>[number]): string {
  const lead = score === undefined ? `• ${message}` : `• ${message} (+${score})`;
  return [lead, ...provenance.map((line) => `    ${line}`)].join('\n');
}

function lines(facts: readonly Fact[]): string {
  return facts.map(({ name, value }) => `${name}: ${value.replaceAll('\n', '\n    ')}`).join('\n');
}

function section(text: string): object {
  return { type: 'section', text: plain(text, MAX_BLOCK_TEXT) };
}

function plain(text: string, maxLength: number): object {
  return { type: 'plain_text', emoji: false, text: cut(text, maxLength) };
}

function preformatted(text: string): object {
  const elements = [{ type: 'text', text: cut(text, MAX_BLOCK_TEXT) }];
  return { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements }] };
}

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}
