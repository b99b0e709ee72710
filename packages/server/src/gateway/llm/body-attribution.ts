import type { ApiShape, Attribution } from '@reeve/contracts';
import { type AttributionFields, isTagValue, RUN_NAME } from '../attribution.ts';
import { asObject, type JsonObject } from './json-object.ts';

/**
 * Tags in the body fields that SDKs already have. Headers win. These fields have other uses too, so that a value which is no tag
 * is no error.
 */
export function withBodyAttribution(shape: ApiShape, body: JsonObject, headers: Attribution): Attribution {
  if (shape === 'gemini') return withTags(asObject(body.labels), undefined, headers);
  const metadata = asObject(body.metadata);
  if (shape === 'anthropic') return withTags(undefined, metadata?.user_id, headers);
  return withTags(metadata, body.safety_identifier ?? body.user, headers);
}

function withTags(tags: JsonObject | undefined, user: unknown, headers: Attribution): Attribution {
  if (tags === undefined && user === undefined) return headers;
  const found: AttributionFields = {};
  for (const name of ['feature', 'user', 'session', 'reason'] as const) {
    const value = tags?.[name];
    if (isTagValue(value)) found[name] = value;
  }
  if (isTagValue(user)) found.user = user;
  if (typeof tags?.run === 'string' && RUN_NAME.test(tags.run)) found.run = tags.run;
  return { ...found, ...headers };
}
