/** One minute on the clocks of a time zone. */
export interface LocalMinute {
  readonly hour: number;
  readonly minute: number;
  readonly weekday: Weekday;
  /** `2026-11-02` */
  readonly date: string;
}

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const MINUTE_MS = 60_000;
const MAX_ZONES = 500;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  minute: number;
  local: LocalMinute | undefined;
}

/** Tells local time, computed once per minute and zone: asking the calendar costs more than a whole assessment. */
export class LocalClock {
  readonly #zones = new Map<string, Zone>();

  at(atMs: number, timeZone: string): LocalMinute {
    const zone = this.#zone(timeZone);
    const minute = Math.floor(atMs / MINUTE_MS);
    if (zone.local === undefined || zone.minute !== minute) {
      zone.local = read(zone.format, atMs);
      zone.minute = minute;
    }
    return zone.local;
  }

  #zone(timeZone: string): Zone {
    let zone = this.#zones.get(timeZone);
    if (zone === undefined) {
      if (this.#zones.size >= MAX_ZONES) this.#zones.clear();
      zone = { format: formatOf(timeZone), minute: Number.NaN, local: undefined };
      this.#zones.set(timeZone, zone);
    }
    return zone;
  }
}

export function isTimeZone(timeZone: string): boolean {
  try {
    formatOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    weekday: 'long',
  });
}

function read(format: Intl.DateTimeFormat, atMs: number): LocalMinute {
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return {
    hour: Number(part('hour')),
    minute: Number(part('minute')),
    weekday: part('weekday').toLowerCase() as Weekday,
    date: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`,
  };
}
