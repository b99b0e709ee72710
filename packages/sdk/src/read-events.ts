interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** A server that sends more without a line break is none of ours. */
const MAX_LINE = 4 * 1024 * 1024;

/** Server-sent events of a body (WHATWG HTML, section 9.2), comments and retry aside. */
export async function* readEvents(
  body: ReadableStream<Uint8Array> | null,
): AsyncGenerator<ServerEvent, void, undefined> {
  if (body === null) return;
  let rest = '';
  let fields: { id: string; event: string; data: string[] } = { id: '', event: 'message', data: [] };
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw new Error('the server sent an event without an end');
    for (const line of lines) {
      if (line !== '') take(fields, line);
      else {
        if (fields.data.length > 0) yield { ...fields, data: fields.data.join('\n') };
        fields = { id: fields.id, event: 'message', data: [] };
      }
    }
  }
}

function take(fields: { id: string; event: string; data: string[] }, line: string): void {
  const colon = line.indexOf(':');
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (name === 'id') fields.id = value;
  else if (name === 'event') fields.event = value;
  else if (name === 'data') fields.data.push(value);
}
