import type { ApprovalRow, ApprovalView } from '@reeve/contracts';
import { ago } from '../context.ts';
import { paint } from './color.ts';
import { clean } from './table.ts';

const STATE_COLOR = {
  pending: 'yellow',
  approved: 'green',
  used: 'green',
  denied: 'red',
  expired: 'dim',
  withdrawn: 'dim',
} as const;
/** Enough to be told apart, and short enough to be copied. */
export const SHORT_DIGEST = 16;

/** Everything that a person needs to decide, most important first. Values are whole, and what nobody could see is escaped. */
export function renderApproval(view: ApprovalView): string {
  return [
    `${paint(clean(view.words, Infinity), 'bold')}`,
    `${view.id}  ${paint(view.state, STATE_COLOR[view.state])}  ${timing(view)}`,
    ...section('why it waits', view.findings.filter(({ verdict }) => verdict === 'hold').map(finding)),
    ...section(
      `risk ${view.risk} of 100`,
      view.findings.filter(({ score, verdict }) => score !== null && verdict !== 'hold').map(finding),
    ),
    ...section('arguments', argumentLines(view)),
    ...section('edited', editLines(view)),
    ...section('where values came from', view.findings.flatMap(evidenceLines)),
    ...section('the agent says', view.reason === null ? [] : [clean(JSON.stringify(view.reason), Infinity)]),
    ...section('for', forWhom(view)),
    ...section('before, in this run', view.earlier.map(earlierLine)),
    ...section('decided before', view.similar.map(similarLine)),
    ...section('people', peopleLines(view)),
    ...section('decide', decideLines(view)),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', paint(title, 'cyan'), ...lines.map((line) => `  ${line}`)];
}

function timing({ state, requestedAt, expiresAt, decidedAt }: ApprovalRow): string {
  if (state === 'pending') return `asked ${ago(requestedAt)}, runs out ${ago(expiresAt)}`;
  return decidedAt === null ? `asked ${ago(requestedAt)}` : `decided ${ago(decidedAt)}`;
}

function finding({ by, message, score, rule }: ApprovalView['findings'][number]): string {
  const points = score === null ? '' : ` +${score}`;
  return `${by}${points}: ${clean(message, Infinity)}${rule === null ? '' : paint(`  (${clean(rule, Infinity)})`, 'dim')}`;
}

function argumentLines({ args }: ApprovalView): string[] {
  if (args === null) return ['erased'];
  return JSON.stringify(args, null, 2)
    .split('\n')
    .map((line) => clean(line, Infinity));
}

function editLines({ edits, editedBy }: ApprovalView): string[] {
  if (editedBy === null) return [];
  const lines = edits.map(
    ({ path, before, after }) =>
      `${clean(path, Infinity)}: ${paint(clean(before ?? '(none)', Infinity), 'red')} -> ${paint(clean(after ?? '(none)', Infinity), 'green')}`,
  );
  return [`by ${clean(editedBy)}`, ...lines];
}

function evidenceLines({ evidence }: ApprovalView['findings'][number]): string[] {
  return evidence.map(({ path, value, source, excerpt }) => {
    const around = excerpt === null ? '' : paint(`  …${clean(excerpt, Infinity)}…`, 'dim');
    return `${clean(path, Infinity)} = ${clean(JSON.stringify(value), Infinity)} from ${clean(source)}${around}`;
  });
}

function forWhom({ user, session, feature }: ApprovalView): string[] {
  return Object.entries({ user, session, feature }).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${clean(value, Infinity)}`],
  );
}

function earlierLine({ target, outcome, at }: ApprovalView['earlier'][number]): string {
  return `${clean(target ?? '-')}  ${outcome ?? 'under way'}  ${ago(at)}`;
}

function similarLine({ state, same, amount, by, reason, decidedAt }: ApprovalView['similar'][number]): string {
  const what = same ? 'this very call' : amount === null ? 'another call' : `amount ${amount}`;
  const why = reason === null ? '' : `: ${clean(JSON.stringify(reason), Infinity)}`;
  return `${paint(state, STATE_COLOR[state])}  ${what}, by ${clean(by ?? '-')} ${ago(decidedAt)}${why}`;
}

function peopleLines({ approved, quorum, votes, approvers, separated, requests }: ApprovalView): string[] {
  return [
    `${approved} of ${quorum} agreed`,
    ...(requests > 1 ? [`it answers ${requests} equal calls; --count says how many may pass`] : []),
    ...votes.map(
      ({ by, verdict, at, counts }) =>
        `${clean(by.name)}: ${verdict} ${ago(at)}${counts ? '' : ', for other arguments'}`,
    ),
    `may decide: ${approvers.length === 0 ? 'every approver' : approvers.map((one) => clean(one)).join(', ')}`,
    ...(separated.length === 0 ? [] : [`may not approve: ${separated.map((one) => clean(one)).join(', ')}`]),
  ];
}

function decideLines({ id, state, digest }: ApprovalView): string[] {
  if (state !== 'pending') return [];
  return [
    `reeve approvals approve ${id} --digest ${digest.slice(0, SHORT_DIGEST)}`,
    `reeve approvals deny ${id} --reason "..."`,
  ];
}

export function approvalState(row: ApprovalRow): string {
  return paint(row.state, STATE_COLOR[row.state]);
}
