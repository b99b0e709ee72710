/** Reserve, settle, release: money, tokens, calls; and the call caps of runs and minutes. */
export { Budgets } from './budgets.ts';
export { CallLimits } from './call-limits.ts';
export type { Reservation } from './reservation.ts';
