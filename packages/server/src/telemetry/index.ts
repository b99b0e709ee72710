/** Logger, business events and metrics. */
export { Events } from './events.ts';
export { createLogger, type Logger } from './logger.ts';
