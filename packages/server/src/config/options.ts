import { durationMs } from '@reeve/contracts';

/** One literal per option: environment name, flag, help, default, parser and reference page all derive from it. */
export interface Option<T> {
  readonly flag: string;
  readonly env: string;
  readonly help: string;
  readonly default: string;
  /** Throws with a message that says what would be right. */
  readonly parse: (text: string) => T;
}

export const OPTIONS = {
  host: option('host', 'Address to listen on. Anything but loopback needs --allow-remote.', '127.0.0.1', text),
  port: option('port', 'Port to listen on; 0 takes a free one.', '7373', wholeNumber(0, 65_535)),
  allowRemote: option('allow-remote', 'Listen on an address that others can reach.', 'false', flag),
  data: option('data', 'Data directory: database, ledger, keys.', '.reeve', text),
  fleet: option('fleet', 'Fleet directory applied at start; empty keeps the version in force.', '', text),
  publicUrl: option('public-url', 'URL under which clients reach this server; empty: from host and port.', '', text),
  ledgerOrigin: option(
    'ledger-origin',
    'Origin line of ledger checkpoints. Permanent once the ledger exists.',
    'localhost/reeve/ledger',
    text,
  ),
  allowedHosts: option(
    'allowed-hosts',
    'Host headers accepted besides those of the address and public URL, comma-separated.',
    '',
    list,
  ),
  maxBodyBytes: option(
    'max-body-bytes',
    'Largest request body.',
    String(16 * 1024 * 1024),
    wholeNumber(1_024, 256 * 1024 * 1024),
  ),
  maxConnections: option('max-connections', 'Open client connections.', '10000', wholeNumber(1, 1_000_000)),
  headersTimeout: option('headers-timeout', 'Time for a client to send the headers of a request.', '10s', duration),
  requestTimeout: option('request-timeout', 'Time for a client to send a whole request.', '30s', duration),
  stallTimeout: option('stall-timeout', 'Time that a client may leave what was sent to it unread.', '60s', duration),
  drainTimeout: option('drain-timeout', 'Time that open calls get at shutdown.', '10s', duration),
  logLevel: option(
    'log-level',
    'fatal, error, warn, info, debug or silent.',
    'info',
    oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
  ),
} as const;

export type Config = { readonly [K in keyof typeof OPTIONS]: ReturnType<(typeof OPTIONS)[K]['parse']> };

function option<T>(name: string, help: string, standard: string, parse: (text: string) => T): Option<T> {
  return { flag: `--${name}`, env: `REEVE_${name.replaceAll('-', '_').toUpperCase()}`, help, default: standard, parse };
}

function text(value: string): string {
  return value;
}

function flag(value: string): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new Error('is true or false');
}

function list(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function duration(value: string): number {
  try {
    return durationMs(value);
  } catch {
    throw new Error('is a duration such as 500ms, 30s or 5m');
  }
}

function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max)
      throw new Error(`is a whole number from ${min} to ${max}`);
    return number;
  };
}

function oneOf<const T extends string>(values: readonly T[]): (value: string) => T {
  return (value) => {
    const found = values.find((item) => item === value);
    if (found === undefined) throw new Error(`is one of ${values.join(', ')}`);
    return found;
  };
}
