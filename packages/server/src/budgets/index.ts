/** Reserve, settle, release: money, tokens, calls; and the call caps of runs and minutes. */
export { formatAmount } from './budget-text.ts';
export type { BudgetUsage } from './budget-usage.ts';
export { Budgets } from './budgets.ts';
export { CallLimits } from './call-limits.ts';
export type { CapReached } from './cap-watch.ts';
export type { Charge, Reservation, ReserveResult, Spender } from './reservation.ts';
