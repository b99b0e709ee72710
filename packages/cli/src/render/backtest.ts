import type { BacktestReport, BacktestView } from '@reeve/contracts';
import { clean, table } from './table.ts';

const WORDS = { allow: 'allowed', hold: 'held', deny: 'denied' } as const;
const MAX_GROUPS_SHOWN = 20;

/** What a fleet would have decided, for a person who is about to apply it. */
export function renderBacktest(view: BacktestView): string {
  const { report, problems, failure, state } = view;
  if (problems.length > 0) {
    const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}  ${message}`);
    return `${lines.join('\n')}\n\nNothing was replayed.`;
  }
  if (report === null) return state === 'cancelled' ? 'Cancelled.' : `The back-test failed: ${failure ?? state}`;
  return [...headline(report, view.seconds), ...changes(report), ...load(report), ...silent(report)].join('\n');
}

function headline(report: BacktestReport, seconds: number): string[] {
  const { actions, since, until, truncated, transitions } = report;
  const changed = transitions.reduce((sum, { count }) => sum + count, 0);
  const days = `${since.slice(0, 10)} to ${until.slice(0, 10)}`;
  return [
    `${actions} recorded calls (${days}) judged again in ${seconds.toFixed(1)} s: ${changed === 0 ? 'no decision changes' : `${changed} decisions change`}.`,
    ...(truncated ? ['There is more traffic than is replayed at once: these are the newest.'] : []),
    ...leftOut(report.notReplayed),
    ...transitions.map(
      ({ from, to, count, amount }) =>
        `  ${count} ${WORDS[from]} then, now ${WORDS[to]}${amount === 0 ? '' : ` (amounts together ${amount})`}`,
    ),
  ];
}

function leftOut({ beforeRules, erased, tooLarge, neverKept }: BacktestReport['notReplayed']): string[] {
  const reasons = [
    [erased, 'whose content was erased or ran out'],
    [neverKept, 'that were refused or held then, so that their content was not kept'],
    [tooLarge, 'whose content was too large to keep'],
    [beforeRules, 'that ended before any rule was asked'],
  ] as const;
  const said = reasons.filter(([count]) => count > 0).map(([count, why]) => `${count} ${why}`);
  return said.length === 0 ? [] : [`Nothing is said about ${said.join(', ')}.`];
}

function changes({ affected, changes: named }: BacktestReport): string[] {
  if (affected.length === 0) return [];
  return [
    '',
    table(affected.slice(0, MAX_GROUPS_SHOWN), [
      { title: 'agent', value: (row) => row.agent },
      { title: 'on', value: (row) => row.target },
      { title: 'then', value: (row) => WORDS[row.from] },
      { title: 'now', value: (row) => WORDS[row.to] },
      { title: 'calls', value: (row) => row.count, align: 'right' },
      { title: 'amount', value: (row) => row.amount || null, align: 'right' },
    ]),
    ...(affected.length > MAX_GROUPS_SHOWN ? [`and ${affected.length - MAX_GROUPS_SHOWN} more in --json`] : []),
    ...(named.length === 0 ? [] : ['', 'The first of them:', '']),
    ...(named.length === 0
      ? []
      : [
          table(named, [
            { title: 'action', value: (row) => row.action },
            { title: 'at', value: (row) => row.at.slice(0, 16) },
            { title: 'agent', value: (row) => row.agent },
            { title: 'on', value: (row) => row.target },
            { title: 'then', value: (row) => WORDS[row.from] },
            { title: 'now', value: (row) => WORDS[row.to] },
            { title: 'by', value: (row) => row.rules.join(', ') || row.message },
          ]),
        ]),
  ];
}

function load({ load: asked }: BacktestReport): string[] {
  const { held, heldBefore, per100, perDay, medianWaitSeconds, approvers } = asked;
  if (held === 0 && heldBefore === 0) return ['', 'Nobody would be asked.'];
  const wait = medianWaitSeconds === null ? '' : ` Half of those asked so far answered within ${medianWaitSeconds} s.`;
  return [
    '',
    `People would be asked ${held} times (then ${heldBefore}): ${per100} of 100 calls, ${perDay} a day.${wait}`,
    ...approvers.map((one) => `  ${clean(one.approver)}: ${one.perDay} a day`),
  ];
}

function silent({ neverMatched }: BacktestReport): string[] {
  if (neverMatched.length === 0) return [];
  return ['', 'Rules that had no say:', ...neverMatched.map(({ rule, file, by }) => `  ${rule}  (${file ?? by})`)];
}
