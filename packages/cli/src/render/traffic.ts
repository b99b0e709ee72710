import type { BacktestReport } from '@reeve/contracts';
import { clean } from './table.ts';

const MAX_SHOWN = 20;
const NOW = { allow: 'will pass', hold: 'will wait', deny: 'will be refused' } as const;

/** Whose calls will wait, be refused or pass that did not before, as the last week's would have. */
export function renderTraffic(report: BacktestReport): string {
  const { actions, affected, load } = report;
  const title = `On the last week's calls (${actions}):`;
  if (affected.length === 0) return `${title} nothing changes.`;
  const lines = affected
    .slice(0, MAX_SHOWN)
    .map(({ agent, target, to, count }) => `  ${clean(agent)} -> ${clean(target)}: ${count} more ${NOW[to]}`);
  const more = affected.length > MAX_SHOWN ? [`  and ${affected.length - MAX_SHOWN} more`] : [];
  const asked = `People would be asked ${load.perDay} times a day (so far ${load.perDayBefore}), ${load.per100} of 100 calls.`;
  return [title, ...lines, ...more, asked].join('\n');
}
