import { expect, test } from 'vitest';
import { windowAt } from './budget-window.ts';

const at = (iso: string) => Date.parse(iso);

test.each([
  ['minute', '2026-11-20T12:34:56Z', 'Asia/Kolkata', '2026-11-20T12:34', '2026-11-20T12:35:00Z'],
  ['hour', '2026-11-20T12:34:56Z', 'UTC', '2026-11-20T12', '2026-11-20T13:00:00Z'],
  ['day', '2026-11-20T23:59:59Z', 'UTC', '2026-11-20', '2026-11-21T00:00:00Z'],
  ['day', '2026-11-20T23:30:00Z', 'Europe/Berlin', '2026-11-21', '2026-11-21T23:00:00Z'],
  ['day', '2026-11-20T18:29:59Z', 'Asia/Kolkata', '2026-11-20', '2026-11-20T18:30:00Z'],
  // A day of 23 and one of 25 hours.
  ['day', '2026-03-29T10:00:00Z', 'Europe/Berlin', '2026-03-29', '2026-03-29T22:00:00Z'],
  ['day', '2026-10-25T10:00:00Z', 'Europe/Berlin', '2026-10-25', '2026-10-25T23:00:00Z'],
  // Clocks that skip midnight, and one that has it twice.
  ['day', '2018-11-03T12:00:00Z', 'America/Sao_Paulo', '2018-11-03', '2018-11-04T03:00:00Z'],
  ['day', '2026-10-31T12:00:00Z', 'America/Havana', '2026-10-31', '2026-11-01T04:00:00Z'],
  ['month', '2026-12-31T23:30:00Z', 'Europe/Berlin', '2027-01', '2027-01-31T23:00:00Z'],
  ['month', '2028-02-10T00:00:00Z', 'UTC', '2028-02', '2028-03-01T00:00:00Z'],
] as const)('%s of %s in %s is %s and ends at %s', (per, moment, zone, label, ends) => {
  const window = windowAt(per, at(moment), zone);
  expect({ label: window.label, ends: new Date(window.endsAtMs).toISOString() }).toEqual({
    label,
    ends: new Date(at(ends)).toISOString(),
  });
  expect(windowAt(per, window.endsAtMs - 1, zone).label).toBe(label);
  expect(windowAt(per, window.endsAtMs, zone).label).not.toBe(label);
});
