/** Hour and weekday as policies see them. */
export interface LocalTime {
  readonly hour: number;
  readonly weekday: string;
}

const MAX_ZONES = 100;
const MINUTE_MS = 60_000;
const formats = new Map<
  string,
  { readonly format: Intl.DateTimeFormat; minute: number; time: LocalTime | undefined }
>();

/** Remembers the last minute of each zone: no zone changes its hour within one. */
export function localTime(atMs: number, timeZone: string): LocalTime {
  let zone = formats.get(timeZone);
  if (zone === undefined) {
    if (formats.size >= MAX_ZONES) formats.clear();
    const format = new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', hourCycle: 'h23', weekday: 'long' });
    zone = { format, minute: Number.NaN, time: undefined };
    formats.set(timeZone, zone);
  }
  const minute = Math.floor(atMs / MINUTE_MS);
  if (zone.time === undefined || zone.minute !== minute) {
    const parts = zone.format.formatToParts(atMs);
    const part = (type: string): string => parts.find((candidate) => candidate.type === type)?.value ?? '';
    zone.time = { hour: Number(part('hour')), weekday: part('weekday').toLowerCase() };
    zone.minute = minute;
  }
  return zone.time;
}
