/** Where calls go, and what a call that counts must answer. Crosses to the load generator as JSON. */
export interface Target {
  readonly port: number;
  /** Whole requests as they go over the wire; calls take them in turn. */
  readonly requests: readonly string[];
  /** Text that the body of every reply contains. Anything else, and any status but 200, is a failure. */
  readonly expect: string;
}

export function post(port: number, path: string, headers: Readonly<Record<string, string>>, body: object): string {
  const text = JSON.stringify(body);
  const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${lines.join('')}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
