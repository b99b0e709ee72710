import { expect, test } from 'vitest';
import { clockIn, zoneOfHour } from './zone-of-hour.ts';

test('there is a zone for every hour of the day, whatever the hour of UTC', () => {
  for (let utc = 0; utc < 24; utc++) {
    const now = new Date(Date.UTC(2026, 10, 20, utc, 59, 59));
    for (let hour = 0; hour < 24; hour++)
      expect(clockIn(zoneOfHour(hour, now), now)).toBe(`${String(hour).padStart(2, '0')}:59`);
  }
});
