import { ReeveError } from '../../lib/index.ts';
import type { JsonEdit } from './json-edit.ts';
import { asString, type JsonObject } from './json-object.ts';

const MAX_CHOICES = 128;

export function modelName(body: JsonObject): string {
  const model = asString(body.model);
  if (model === undefined || model === '') throw new ReeveError('invalid_request', 'model must be a non-empty string');
  return model;
}

/** A number of tokens, or undefined where the caller set none. */
export function limitOf(body: JsonObject | undefined, name: string): number | undefined {
  const value = body?.[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ReeveError('invalid_request', `${name} must be a whole number of tokens`);
}

export function choicesOf(body: JsonObject | undefined, name: string): number {
  const value = body?.[name];
  if (value === undefined || value === null) return 1;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= MAX_CHOICES) return value;
  throw new ReeveError('invalid_request', `${name} must be a whole number from 1 to ${MAX_CHOICES}`);
}

export function largest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

export function setModel(body: JsonObject, model: string): JsonEdit[] {
  return body.model === model ? [] : [{ kind: 'replace', path: ['model'], json: JSON.stringify(model) }];
}

/** A member set where it is absent or null. */
export function setMember(body: JsonObject, name: string, json: string): JsonEdit {
  return Object.hasOwn(body, name) ? { kind: 'replace', path: [name], json } : { kind: 'insert', path: [], name, json };
}
