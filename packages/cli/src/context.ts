import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiRouteName } from '@reeve/contracts';
import {
  type ApiArguments,
  type ApiEvent,
  type ApiReply,
  ReeveClient,
  type StreamOptions,
  type StreamRouteName,
} from '@reeve/sdk';
import type { Command } from 'commander';
import { EXIT } from './exit-codes.ts';
import { type Column, cleanJson, table } from './render/table.ts';

export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.refused) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly data?: string;
  readonly workspace?: string;
}

export function globals(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

export function dataDirectory(command: Command): string {
  return globals(command).data ?? process.env.REEVE_DATA ?? '.reeve';
}

function client(command: Command): ReeveClient {
  const { workspace, url = process.env.REEVE_URL ?? 'http://127.0.0.1:7373' } = globals(command);
  if (!URL.canParse(url))
    throw new CliError(`${JSON.stringify(url)} is not a URL such as http://127.0.0.1:7373`, EXIT.usage);
  return new ReeveClient({
    url,
    token: adminToken(command),
    ...(workspace === undefined ? {} : { workspace }),
  });
}

function adminToken(command: Command): string {
  const given = process.env.REEVE_TOKEN;
  if (given !== undefined && given !== '') return given;
  const file = join(dataDirectory(command), 'admin-token');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new CliError(
    `no admin token: set REEVE_TOKEN, or pass --data DIR with the data directory of a server on this machine (looked for ${file})`,
    EXIT.usage,
  );
}

export function call<N extends ApiRouteName>(
  command: Command,
  name: N,
  args: ApiArguments<N> = {},
): Promise<ApiReply<N>> {
  return client(command).call(name, args);
}

/** Events until the server ends the stream; `lastEventId` goes on where one was cut. */
export function stream<N extends StreamRouteName>(
  command: Command,
  name: N,
  options: StreamOptions,
): AsyncGenerator<ApiEvent<N>, void, undefined> {
  return client(command).stream(name, {}, options);
}

/** Rows as a table for people, or the reply as it came for programs. */
export function show<T>(
  command: Command,
  reply: { readonly next?: string | null },
  rows: readonly T[],
  columns: readonly Column<T>[],
  empty: string,
): void {
  if (globals(command).json === true) {
    print(cleanJson(reply, 2));
    return;
  }
  print(rows.length === 0 ? empty : table(rows, columns));
  if (typeof reply.next === 'string') print('\nThere are more: --json shows the cursor of the next page.');
}

/** A sentence for people, or the reply for programs. */
export function say(command: Command, reply: unknown, sentence: string): void {
  print(globals(command).json === true ? cleanJson(reply, 2) : sentence);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

/** `3 min. ago`; the exact time is in --json. */
export function ago(iso: string | null): string {
  if (iso === null) return '-';
  const seconds = (Date.parse(iso) - Date.now()) / 1_000;
  const size = Math.abs(seconds);
  if (size < 60) return RELATIVE.format(Math.round(seconds), 'second');
  if (size < 3_600) return RELATIVE.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return RELATIVE.format(Math.round(seconds / 3_600), 'hour');
  return RELATIVE.format(Math.round(seconds / 86_400), 'day');
}
