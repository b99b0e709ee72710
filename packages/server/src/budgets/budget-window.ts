import type { Cap } from '@reeve/contracts';

type Per = Cap['per'];

/** The window that a moment falls in. Its label is its identity in storage, so that a restart finds it again. */
export interface BudgetWindow {
  readonly label: string;
  /** First millisecond that is no longer in it; infinite for a run. */
  readonly endsAtMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Minutes and hours turn by the UTC clock, days and months at midnight in the zone. */
export function windowAt(per: Exclude<Per, 'run'>, atMs: number, timeZone: string): BudgetWindow {
  if (per === 'minute' || per === 'hour') {
    const size = per === 'minute' ? MINUTE_MS : HOUR_MS;
    const start = Math.floor(atMs / size) * size;
    return { label: new Date(start).toISOString().slice(0, per === 'minute' ? 16 : 13), endsAtMs: start + size };
  }
  const { year, month, day } = localTime(atMs, timeZone);
  const date = new Date(Date.UTC(year, month - 1, day)).toISOString();
  return per === 'day'
    ? { label: date.slice(0, 10), endsAtMs: midnight(year, month, day + 1, timeZone) }
    : { label: date.slice(0, 7), endsAtMs: midnight(year, month + 1, 1, timeZone) };
}

/** First instant of a local date. Where clocks skip midnight it is the moment of the skip; where it comes twice, the first. */
function midnight(year: number, month: number, day: number, timeZone: string): number {
  const asUtc = Date.UTC(year, month - 1, day);
  const candidates = [asUtc - DAY_MS, asUtc + DAY_MS].map((near) => asUtc - offsetMs(near, timeZone));
  const exact = candidates.filter((candidate) => candidate + offsetMs(candidate, timeZone) === asUtc);
  return exact.length > 0 ? Math.min(...exact) : Math.max(...candidates);
}

function offsetMs(atMs: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = localTime(atMs, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1_000) * 1_000;
}

const MAX_FORMATTERS = 200;
const formatters = new Map<string, Intl.DateTimeFormat>();

function localTime(atMs: number, timeZone: string) {
  const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatterOf(timeZone).formatToParts(atMs)) {
    if (Object.hasOwn(parts, type)) parts[type as keyof typeof parts] = Number(value);
  }
  return parts;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    if (formatters.size >= MAX_FORMATTERS) formatters.clear();
    const numeric = 'numeric' as const;
    const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
    formatter = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', hourCycle: 'h23', ...fields });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}
