import { ERRORS, type ErrorCode } from '@reeve/contracts';

/** The one error class. `message` is public; `detail` and `cause` stay in the log. */
export class ReeveError extends Error {
  readonly code: ErrorCode;
  readonly detail: unknown;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string = ERRORS[code].title,
    more: { cause?: unknown; detail?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'ReeveError';
    this.code = code;
    this.detail = more.detail;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** Anything thrown, as ours. An unknown error becomes `internal` and shows nothing of itself. */
export function toReeveError(thrown: unknown): ReeveError {
  return thrown instanceof ReeveError ? thrown : new ReeveError('internal', undefined, { cause: thrown });
}
