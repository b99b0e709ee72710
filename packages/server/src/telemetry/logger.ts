import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on standard error. Secrets never reach it: callers log ids, codes and counts. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['headers.authorization', 'headers.cookie', 'secret', 'key'],
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
