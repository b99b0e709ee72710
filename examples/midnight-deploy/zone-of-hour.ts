/** A time zone in which it is this hour now. Zones named Etc/GMT-n lie n hours ahead of UTC, without daylight saving. */
export function zoneOfHour(hour: number, now: Date): string {
  const ahead = (hour - now.getUTCHours() + 24) % 24;
  if (ahead === 0) return 'Etc/UTC';
  return ahead <= 14 ? `Etc/GMT-${ahead}` : `Etc/GMT+${24 - ahead}`;
}

export function clockIn(timeZone: string, now: Date): string {
  return now.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
}
