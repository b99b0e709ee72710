import { ReeveApiError } from '@reeve/sdk';
import { CommanderError } from 'commander';
import { CliError } from './context.ts';
import { EXIT } from './exit-codes.ts';

export interface Explained {
  readonly exitCode: number;
  /** Absent where it was said already. */
  readonly message?: string;
  readonly next?: string | undefined;
}

/** What a person is told of an error, and the exit code that scripts see. Undefined for a fault of the command itself. */
export function explainError(error: unknown): Explained | undefined {
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  if (error instanceof CliError) return { exitCode: error.exitCode, message: error.message };
  if (ReeveApiError.is(error)) return { exitCode: EXIT.refused, message: error.message, next: error.next };
  if (!isUnreachable(error)) return undefined;
  return {
    exitCode: EXIT.unreachable,
    message: 'the server cannot be reached',
    next: 'Is it running? Start it with `npm start`, or name it with --url or REEVE_URL.',
  };
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof TypeError) return error.message === 'fetch failed';
  return error instanceof DOMException && error.name === 'TimeoutError';
}
