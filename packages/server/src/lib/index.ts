/** Small tools with no domain word in them. */
export { BoundedMap } from './bounded-map.ts';
export { type CelCompilation, type CelProgram, type CelResult, compileCel } from './cel.ts';
export { assertNever, must } from './must.ts';
export { newId } from './new-id.ts';
export {
  type AddressSource,
  createOutboundClient,
  type OutboundClient,
  type OutboundRequest,
  type OutboundResponse,
} from './outbound.ts';
export { readBody } from './outbound-body.ts';
export type { ConnectRules, ResolveName } from './outbound-connect.ts';
export { type OutboundFailure, outboundFailure, toOutboundError } from './outbound-error.ts';
export { ReeveError, toReeveError } from './reeve-error.ts';
export { type JsonLimits, parseStrictJson } from './strict-json.ts';
