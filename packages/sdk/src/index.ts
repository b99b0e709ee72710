/** Typed client of the control API. */
export { ReeveApiError } from './reeve-api-error.ts';
export { type ApiArguments, type ApiReply, ReeveClient, type ReeveClientOptions } from './reeve-client.ts';
