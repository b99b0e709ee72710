import { type Approval, agreed } from '../approval.ts';
import type { ApprovalContent, ShownFinding } from '../approval-content.ts';
import type { ShownApproval } from './channel.ts';
import { inertLine, inertText } from './inert-text.ts';

// What people read of an approval, the same in every channel. Whatever an agent or a tool wrote is made inert here.

const MAX_VALUE = 2_000;
const MAX_LINE = 300;
const MAX_FINDINGS = 20;

/** A name and a value, both inert. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Names of agents and tools have a fixed alphabet. */
export function headline({ approval }: ShownApproval): string {
  return `${approval.agent} asks to call ${inertLine(approval.target, MAX_LINE)}`;
}

/** What would be done. */
export function actionFacts({ approval, content }: ShownApproval): Fact[] {
  const facts: Fact[] = [{ name: 'effect', value: approval.effect }];
  if (content === undefined) return [...facts, { name: 'content', value: 'erased when its retention ended' }];
  facts.push({ name: 'can it be undone', value: reversibilityOf(content.reversible) });
  for (const name of ['amount', 'subject', 'destination', 'user', 'feature'] as const) {
    const value = content[name];
    if (value !== undefined) facts.push({ name, value: inertLine(String(value), MAX_LINE) });
  }
  return facts;
}

/** How much of the arguments is shown. */
export interface ArgumentLimits {
  readonly fields: number;
  /** Characters of a name, and of a value. */
  readonly name: number;
  readonly value: number;
}

/** More than is ever kept: on the page nothing can hide behind a cut. */
export const WHOLE: ArgumentLimits = { fields: 300_000, name: 300_000, value: 300_000 };
/** For messages, which say that they are cut. */
export const BRIEF: ArgumentLimits = { fields: 40, name: 100, value: 2_000 };

/** Arguments, each on its own; nested values as JSON. */
export function argumentFacts(args: ApprovalContent['args'], limits: ArgumentLimits): Fact[] {
  const entries = Object.entries(args);
  const facts = entries.slice(0, limits.fields).map(([name, value]) => ({
    name: inertLine(name, limits.name),
    value: inertText(typeof value === 'string' ? value : JSON.stringify(value, undefined, 2), limits.value),
  }));
  if (entries.length > limits.fields)
    facts.push({ name: '…', value: `${entries.length - limits.fields} more arguments` });
  return facts;
}

/** The agent's own words: a claim, not a fact. */
export function claimedReason({ content }: ShownApproval): string | undefined {
  return content?.reason === undefined ? undefined : inertText(content.reason, MAX_VALUE);
}

export interface ShownWhy {
  readonly message: string;
  readonly score: number | undefined;
  /** Where deciding values came from. */
  readonly provenance: readonly string[];
}

/** Why it waits: what holds first, then what adds to the risk. */
export function reasonsToWait({ content }: ShownApproval): ShownWhy[] {
  const speaking = (content?.findings ?? []).filter(({ verdict, score }) => verdict === 'hold' || (score ?? 0) > 0);
  const holding = speaking.filter(({ verdict }) => verdict === 'hold');
  const adding = speaking.filter(({ verdict }) => verdict !== 'hold');
  return [...holding, ...adding].slice(0, MAX_FINDINGS).map(whyOf);
}

function whyOf({ message, score, evidence = [] }: ShownFinding): ShownWhy {
  const provenance = evidence.slice(0, MAX_FINDINGS).map(({ path, value, source, excerpt }) => {
    const around = excerpt === undefined ? '' : `, in: ${inertLine(excerpt, MAX_LINE)}`;
    return `${inertLine(path, 100)} = ${inertLine(value, MAX_LINE)} came from ${inertLine(source, 100)}${around}`;
  });
  return { message: inertLine(message, MAX_LINE * 2), score, provenance };
}

export function reversibilityOf(reversible: ApprovalContent['reversible']): string {
  if (reversible === 'irreversible') return 'no';
  if (reversible === 'compensable') return 'only by another action that makes up for it';
  return `yes, within ${durationText(reversible.withinMs)}`;
}

export function statusText({ approval }: ShownApproval): string {
  const names = approval.votes.map(
    ({ by, verdict }) => `${inertLine(by.name, MAX_LINE)} ${verdict === 'approve' ? 'approved' : 'denied'}`,
  );
  const people = names.length === 0 ? '' : ` (${names.join(', ')})`;
  switch (approval.state) {
    case 'pending':
      return `waits for ${missingVotes(approval)} until ${timeText(approval.expiresAtMs)}${people}`;
    case 'approved':
      return `approved${people}; the agent may make this very call until ${timeText(approval.expiresAtMs)}`;
    case 'denied':
      return `denied${people}`;
    case 'expired':
      return 'expired: nobody answered in time, which means no';
    case 'used':
      return `approved${people} and carried out`;
    case 'withdrawn':
      return 'withdrawn';
  }
}

function missingVotes(approval: Readonly<Approval>): string {
  const missing = approval.terms.quorum - agreed(approval).length;
  return missing === 1 ? 'one person' : `${missing} people`;
}

export function requestsText({ requests }: Pick<Approval, 'requests'>): string | undefined {
  return requests > 1 ? `One answer counts for ${requests} equal requests.` : undefined;
}

export function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function durationText(ms: number): string {
  if (ms >= 86_400_000) return `${Math.round(ms / 86_400_000)} days`;
  if (ms >= 3_600_000) return `${Math.round(ms / 3_600_000)} hours`;
  if (ms >= 60_000) return `${Math.round(ms / 60_000)} minutes`;
  return `${Math.round(ms / 1_000)} seconds`;
}
