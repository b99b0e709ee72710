import { describe, expect, test } from 'vitest';
import { isTimeZone, LocalClock } from './local-minute.ts';
import { isWithin, Schedules } from './schedules.ts';

const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const clock = new LocalClock();
const at = (time: string, zone = 'Europe/Berlin') => clock.at(Date.parse(time), zone);

describe('daylight saving in Berlin', () => {
  test.each([
    // On 29 March 2026 the clocks go from 02:00 to 03:00; on 25 October from 03:00 back to 02:00.
    ['2026-03-29T00:59:59Z', 1, 59],
    ['2026-03-29T01:00:00Z', 3, 0],
    ['2026-10-25T00:30:00Z', 2, 30],
    ['2026-10-25T01:30:00Z', 2, 30],
    ['2026-10-25T02:00:00Z', 3, 0],
  ])('%s is %i:%i', (time, hour, minute) => {
    expect(at(time)).toMatchObject({ hour, minute, weekday: 'sunday' });
  });

  test('an hour that comes twice is in its schedule both times, one that never comes in none', () => {
    const twoToThree = { days: [...EVERY_DAY], from: '02:00', to: '03:00' };
    const within = (time: string) => isWithin(twoToThree, at(time));
    expect(['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'].map(within)).toEqual([
      true,
      true,
      false,
    ]);
    const morning = Array.from({ length: 24 * 60 }, (_, i) => new Date(Date.parse('2026-03-28T23:00Z') + i * 60_000));
    expect(morning.some((minute) => within(minute.toISOString()))).toBe(false);
  });

  test('a night over the change is one night', () => {
    const night = { days: ['sat' as const], from: '22:00', to: '06:00' };
    const within = (time: string) => isWithin(night, at(time));
    expect(within('2026-03-28T20:59:00Z')).toBe(false);
    expect(within('2026-03-28T21:00:00Z')).toBe(true);
    expect(within('2026-03-29T03:59:00Z')).toBe(true);
    expect(within('2026-03-29T04:00:00Z')).toBe(false);
    expect(within('2026-10-25T04:59:00Z')).toBe(true);
    expect(within('2026-10-25T05:00:00Z')).toBe(false);
  });
});

test.each([
  ['09:00', '18:00', '2026-11-18T08:00:00Z', true],
  ['09:00', '18:00', '2026-11-18T17:00:00Z', false],
  ['00:00', '24:00', '2026-11-18T22:59:59Z', true],
  ['22:00', '06:00', '2026-11-18T12:00:00Z', false],
])('%s to %s at %s: %s', (from, to, time, within) => {
  expect(isWithin({ days: [...EVERY_DAY], from, to }, at(time))).toBe(within);
});

test('the day of a night is the one on which it begins', () => {
  const friday = { days: ['fri' as const], from: '22:00', to: '06:00' };
  expect(isWithin(friday, at('2026-11-20T22:30:00Z'))).toBe(true);
  expect(isWithin(friday, at('2026-11-21T04:00:00Z'))).toBe(true);
  expect(isWithin(friday, at('2026-11-20T04:00:00Z'))).toBe(false);
});

test('each schedule has its own zone, and the minute is told anew when it is over', () => {
  const schedules = new Schedules(clock, [
    { name: 'here', days: [...EVERY_DAY], from: '09:00', to: '10:00' },
    { name: 'there', days: [...EVERY_DAY], from: '09:00', to: '10:00', timeZone: 'Asia/Tokyo' },
  ]);
  expect(schedules.at(Date.parse('2026-11-18T08:30:00Z'), 'Europe/Berlin')).toEqual({
    ...{ hour: 9, minute: 30, weekday: 'wednesday', date: '2026-11-18' },
    here: true,
    there: false,
  });
  expect(schedules.at(Date.parse('2026-11-18T00:30:00Z'), 'Europe/Berlin')).toMatchObject({ here: false, there: true });
  expect(schedules.at(Date.parse('2026-11-18T00:30:00Z'), 'Asia/Kathmandu')).toMatchObject({ hour: 6, minute: 15 });
});

test('a zone is an IANA name', () => {
  expect(['Europe/Berlin', 'UTC', 'Mars/Base', ''].map(isTimeZone)).toEqual([true, true, false, false]);
});
