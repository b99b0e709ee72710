/** One server-sent event, read. */
export interface SseEvent {
  /** The event with its blank line, as it came. */
  readonly raw: string;
  readonly name: string | undefined;
  readonly data: string;
}

const EVENT_END = /\r?\n\r?\n/g;

/** Splits whole events. Comments and empty events come out with empty data. */
export function readEvents(bytes: Buffer): SseEvent[] {
  const text = bytes.toString('utf8');
  const events: SseEvent[] = [];
  let start = 0;
  EVENT_END.lastIndex = 0;
  for (let match = EVENT_END.exec(text); match !== null; match = EVENT_END.exec(text)) {
    const end = match.index + match[0].length;
    events.push(readEvent(text.slice(start, end)));
    start = end;
  }
  if (start < text.length) events.push(readEvent(text.slice(start)));
  return events;
}

function readEvent(raw: string): SseEvent {
  let name: string | undefined;
  let data: string | undefined;
  for (const line of raw.split('\n')) {
    if (line.startsWith('data:')) data = data === undefined ? fieldOf(line, 5) : `${data}\n${fieldOf(line, 5)}`;
    else if (line.startsWith('event:')) name = fieldOf(line, 6);
  }
  return { raw, name, data: data ?? '' };
}

function fieldOf(line: string, from: number): string {
  const start = line.charCodeAt(from) === 0x20 ? from + 1 : from;
  return line.endsWith('\r') ? line.slice(start, -1) : line.slice(start);
}
