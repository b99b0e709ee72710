/** Small tools with no domain word in them. */
export { BoundedMap } from './bounded-map.ts';
export { canonicalAddress } from './canonical-address.ts';
export { type CelNode, type CelProgram, type CelResult, compileCel } from './cel.ts';
export { must } from './must.ts';
export { newId } from './new-id.ts';
export {
  createOutboundClient,
  type OutboundClient,
  type OutboundResponse,
} from './outbound.ts';
export { readBody } from './outbound-body.ts';
export { outboundFailure, toOutboundError } from './outbound-error.ts';
export { createOwnerOnly, readOwnerOnly } from './owner-only-file.ts';
export { ReeveError, toReeveError } from './reeve-error.ts';
export { sendMail } from './smtp.ts';
export { parseStrictJson } from './strict-json.ts';
