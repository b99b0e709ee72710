const BRAND = Symbol.for('reeve.api-error');

/** A refusal or fault that the server told us. `code` is one of the catalogue in docs/reference/errors.md. */
export class ReeveApiError extends Error {
  readonly [BRAND] = true;
  readonly status: number;
  readonly code: string;
  readonly next: string | undefined;
  /** Machine-readable detail, such as the problems of a fleet. */
  readonly detail: unknown;

  constructor(status: number, code: string, message: string, next?: string, detail?: unknown) {
    super(message);
    this.name = 'ReeveApiError';
    this.status = status;
    this.code = code;
    this.next = next;
    this.detail = detail;
  }

  static from(status: number, body: string): ReeveApiError {
    try {
      const { error } = JSON.parse(body) as {
        error: { code: string; message: string; next?: string; detail?: unknown };
      };
      return new ReeveApiError(status, error.code, error.message, error.next, error.detail);
    } catch {
      return new ReeveApiError(status, 'internal', `HTTP ${status}: ${body.slice(0, 200)}`);
    }
  }

  /** Also true for an error of another copy of this package. */
  static is(value: unknown): value is ReeveApiError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
