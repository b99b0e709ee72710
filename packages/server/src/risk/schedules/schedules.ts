import type { RiskRules } from '@reeve/contracts';
import { type LocalClock, type LocalMinute, WEEKDAYS } from './local-minute.ts';

type Schedule = RiskRules['schedules'][number];
export type TimeWords = Readonly<Record<string, unknown>>;

const MINUTE_MS = 60_000;
const MAX_ZONES = 50;
const DAYS = WEEKDAYS.map((weekday) => weekday.slice(0, 3));

/** What `time` holds for rules: the local minute and each schedule as true or false. Made once per minute and zone. */
export class Schedules {
  readonly #clock: LocalClock;
  readonly #schedules: readonly Schedule[];
  readonly #last = new Map<string, { readonly minute: number; readonly words: TimeWords }>();

  constructor(clock: LocalClock, schedules: readonly Schedule[]) {
    this.#clock = clock;
    this.#schedules = schedules;
  }

  at(atMs: number, timeZone: string): TimeWords {
    const minute = Math.floor(atMs / MINUTE_MS);
    const last = this.#last.get(timeZone);
    if (last?.minute === minute) return last.words;
    if (this.#last.size >= MAX_ZONES) this.#last.clear();
    const words: Record<string, unknown> = { ...this.#clock.at(atMs, timeZone) };
    for (const schedule of this.#schedules)
      words[schedule.name] = isWithin(schedule, this.#clock.at(atMs, schedule.timeZone ?? timeZone));
    this.#last.set(timeZone, { minute, words });
    return words;
  }
}

/** A range that ends before it begins goes over midnight, and its day is the one on which it begins. */
export function isWithin({ days, from, to }: Pick<Schedule, 'days' | 'from' | 'to'>, local: LocalMinute): boolean {
  const at = local.hour * 60 + local.minute;
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const today = WEEKDAYS.indexOf(local.weekday);
  const on = (day: number): boolean => (days as readonly (string | undefined)[]).includes(DAYS[day]);
  if (start < end) return on(today) && at >= start && at < end;
  return (on(today) && at >= start) || (on((today + 6) % 7) && at < end);
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}
