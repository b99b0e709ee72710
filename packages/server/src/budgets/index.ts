/** Reserve, settle, release: money, tokens, calls; and the call caps of runs and minutes. */
export type { Charge, Reservation, ReserveResult, Spender } from './reservation.ts';
