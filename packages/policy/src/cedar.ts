import {
  policyToJson,
  preparsePolicySet,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';

// The only place that knows the engine's package. It is synchronous, and its cache belongs to the thread.

export { policyToJson, preparsePolicySet, type StatefulAuthorizationCall, statefulIsAuthorized, validate };
