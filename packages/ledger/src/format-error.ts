/** Bytes that do not follow the public formats. The message says what would be right. */
export class FormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FormatError';
  }
}
