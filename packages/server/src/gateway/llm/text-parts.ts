import type { ContentEdit, ContentPart } from '../../guardrails/index.ts';
import type { JsonEdit, JsonPath } from './json-edit.ts';
import { isObject, type JsonObject } from './json-object.ts';

type Role = ContentPart['role'];

/** A text and where it stands, for checks and for putting a redacted one in its place. */
export interface TextAt {
  readonly at: JsonPath;
  readonly role: Role;
  readonly text: string;
  /** Instead of one made from `at`, where a stream adds to the same part again and again. */
  readonly path?: string;
}

// INVARIANT: the walk is total. Every string of a subtree is a part unless its member is listed here, so that a field that a
// provider adds tomorrow is checked today. Listed are names a provider validates or keeps opaque, and never shows to the model.
const OPAQUE = new Set([
  'type',
  'role',
  'id',
  'status',
  'call_id',
  'tool_call_id',
  'tool_use_id',
  'signature',
  'thoughtSignature',
  'thought_signature',
  'encrypted_content',
  'cache_control',
  'media_type',
  'mimeType',
  'mime_type',
  'finish_reason',
  'finishReason',
]);

/** Members whose content is free-form: nothing in them is opaque. */
const FREE: Readonly<Record<string, Role>> = {
  arguments: 'arguments',
  args: 'arguments',
  input: 'arguments',
  partial_json: 'arguments',
  response: 'tool',
  output: 'tool',
};

const BINARY_MEMBERS = new Set(['data', 'file_data', 'url', 'image_url', 'b64_json']);
const BINARY_DATA_URL = /^data:(image|audio|video|application)\//;
const BASE64 = /^[A-Za-z0-9+/=_-]+$/;
const LONG_BASE64 = 256;
/** Shorter numbers are no card, account or telephone number. */
const LEAST_TELLING = 100_000;

export function collectTexts(value: unknown, at: JsonPath, role: Role, out: TextAt[], free = false): void {
  if (typeof value === 'string') {
    if (value !== '') out.push({ at, role, text: value });
  } else if (typeof value === 'number') {
    // Numbers of an API mean amounts; those that a model or an agent writes freely may mean a card.
    if (free && Math.abs(value) >= LEAST_TELLING) out.push({ at, role, text: String(value) });
  } else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) collectTexts(value[i], [...at, i], role, out, free);
  } else if (isObject(value)) collectMembers(value, at, role, out, free);
}

function collectMembers(object: JsonObject, at: JsonPath, role: Role, out: TextAt[], free: boolean): void {
  const inner = free ? role : roleOf(object, role);
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (free) collectTexts(value, [...at, name], inner, out, true);
    else if (OPAQUE.has(name) || isBinary(name, value)) continue;
    else {
      const own = Object.hasOwn(FREE, name) ? FREE[name] : undefined;
      collectTexts(value, [...at, name], own ?? inner, out, own !== undefined);
    }
  }
}

function roleOf(object: JsonObject, inherited: Role): Role {
  if (object.type === 'tool_result' || object.type === 'function_call_output') return 'tool';
  switch (object.role) {
    case 'system':
    case 'developer':
      return 'system';
    case 'user':
      return 'user';
    case 'assistant':
    case 'model':
      return 'assistant';
    case 'tool':
    case 'function':
      return 'tool';
    default:
      return inherited;
  }
}

function isBinary(name: string, value: unknown): boolean {
  if (typeof value !== 'string' || !BINARY_MEMBERS.has(name)) return false;
  return BINARY_DATA_URL.test(value.slice(0, 24)) || (value.length > LONG_BASE64 && BASE64.test(value));
}

export function toParts(texts: readonly TextAt[]): ContentPart[] {
  return texts.map((text) => ({ path: pathOf(text), role: text.role, text: text.text }));
}

/** Edits by part as edits by place. */
export function toJsonEdits(texts: readonly TextAt[], edits: readonly ContentEdit[]): JsonEdit[] {
  const byPath = new Map(edits.map((edit) => [edit.path, edit.text]));
  const out: JsonEdit[] = [];
  for (const text of texts) {
    const replacement = byPath.get(pathOf(text));
    if (replacement !== undefined) out.push({ kind: 'replace', path: text.at, json: JSON.stringify(replacement) });
  }
  return out;
}

function pathOf(text: TextAt): string {
  if (text.path !== undefined) return text.path;
  let path = '';
  for (const step of text.at) {
    if (typeof step === 'number') path += `[${step}]`;
    else path += path === '' ? step : `.${step}`;
  }
  return path;
}
