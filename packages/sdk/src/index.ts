/** Typed client of the control API. */
export { ReeveApiError } from './reeve-api-error.ts';
export {
  type ApiArguments,
  type ApiEvent,
  type ApiReply,
  ReeveClient,
  type ReeveClientOptions,
  type StreamOptions,
  type StreamRouteName,
} from './reeve-client.ts';
