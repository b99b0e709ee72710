const DEFAULT_TIME = '2026-11-02T12:00';
const HAS_OFFSET = /(Z|[+-]\d{2}:\d{2})$/;

/** The moment that a case's time means: with an offset that one, else the time on the clocks of the zone. */
export function caseTime(time: string = DEFAULT_TIME, timeZone: string): number {
  if (HAS_OFFSET.test(time)) return Date.parse(time);
  const asUtc = Date.parse(`${time}Z`);
  // The offset of the zone at that hour is known only once the moment is, so a first guess is corrected.
  const guess = asUtc - offsetMs(asUtc, timeZone);
  return asUtc - offsetMs(guess, timeZone);
}

function offsetMs(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(atMs);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local - Math.floor(atMs / 1_000) * 1_000;
}
