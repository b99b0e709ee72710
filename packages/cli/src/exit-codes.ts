/** Documented: scripts switch on them. */
export const EXIT = {
  ok: 0,
  /** The server refused, or the answer is no. */
  refused: 1,
  /** The command line or configuration is wrong. */
  usage: 2,
  /** The server cannot be reached. */
  unreachable: 3,
  /** A ledger did not verify. */
  unverified: 4,
} as const;
