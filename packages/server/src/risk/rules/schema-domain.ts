import type { Scalar } from './clauses.ts';
import { ANYTHING, type Bound, type Domain, type ValueKind } from './domain.ts';
import type { Path } from './expression-reads.ts';

type Schema = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, ValueKind>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'truth',
  array: 'list',
  object: 'object',
  null: 'null',
};
/** Words by which a schema says more than its properties do. */
const COMPOSES = ['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'if', 'not', 'dependentSchemas', 'propertyNames'];

/** What a schema says of the value at a path below it; undefined where it declares no such value. */
export function schemaDomain(schema: Schema, path: Path): Domain | undefined {
  let at: unknown = schema;
  for (const name of path) {
    if (!isObject(at) || COMPOSES.some((word) => Object.hasOwn(at as Schema, word))) return ANYTHING;
    const { properties } = at;
    if (isObject(properties) && Object.hasOwn(properties, name)) {
      at = properties[name];
      continue;
    }
    if (!isObject(properties)) return at.additionalProperties === false ? undefined : ANYTHING;
    return isOpen(at) ? ANYTHING : undefined;
  }
  return isObject(at) && !COMPOSES.some((word) => Object.hasOwn(at as Schema, word)) ? valueDomain(at) : ANYTHING;
}

/** Whether it takes properties on purpose that it does not name. One that says nothing about others is read as complete. */
function isOpen(schema: Schema): boolean {
  const { additionalProperties, patternProperties } = schema;
  return additionalProperties === true || isObject(additionalProperties) || isObject(patternProperties);
}

function valueDomain(schema: Schema): Domain {
  const kinds = kindsOf(schema.type);
  const values = 'const' in schema ? [schema.const] : schema.enum;
  const min = bound(schema.minimum, false) ?? bound(schema.exclusiveMinimum, true);
  const max = bound(schema.maximum, false) ?? bound(schema.exclusiveMaximum, true);
  return {
    ...(kinds === undefined ? {} : { kinds }),
    ...(Array.isArray(values) && values.every(isScalar) ? { oneOf: values } : {}),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

function kindsOf(type: unknown): ReadonlySet<ValueKind> | undefined {
  const names = Array.isArray(type) ? type : [type];
  const kinds = names.map((name) => (typeof name === 'string' ? KINDS[name] : undefined));
  return kinds.every((kind) => kind !== undefined) && kinds.length > 0 ? new Set(kinds) : undefined;
}

function bound(value: unknown, open: boolean): Bound | undefined {
  return typeof value === 'number' ? { value, open } : undefined;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
