import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The first fault of arguments, in words for whoever made them; undefined where they fit. */
export type CheckArguments = (args: unknown) => string | undefined;

/** Compiles a schema that was judged. Throws where it is not a JSON Schema. */
export function compileSchema(schema: object): CheckArguments {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    inlineRefs: false,
    logger: false,
    validateSchema: false,
    addUsedSchema: false,
    unicodeRegExp: true,
  });
  addFormats.default(ajv);
  const { $schema: _dialect, $id: _id, ...bare } = schema as Record<string, unknown>;
  const validate = ajv.compile(bare);
  return (args) => {
    if (validate(args) === true) return undefined;
    const error = validate.errors?.[0];
    return error === undefined ? 'the arguments do not fit the schema' : sentence(error);
  };
}

const MAX_LISTED = 20;

function sentence(error: ErrorObject): string {
  const at = place(error.instancePath);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return `${at} needs ${JSON.stringify(params.missingProperty)}`;
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `${at} has ${JSON.stringify(params.additionalProperty ?? params.unevaluatedProperty)}, which the tool does not take`;
    case 'enum':
      return `${at} must be one of ${listed(params.allowedValues)}`;
    case 'const':
      return `${at} must be ${JSON.stringify(params.allowedValue)}`;
    case 'type':
      return `${at} must be of type ${String(params.type)}`;
    default:
      return `${at} ${error.message ?? 'does not fit'}`.slice(0, 500);
  }
}

function place(pointer: string): string {
  if (pointer === '') return 'arguments';
  const steps = pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return `arguments${steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join('')}`;
}

function listed(values: unknown): string {
  if (!Array.isArray(values)) return 'the values in the schema';
  const shown = values.slice(0, MAX_LISTED).map((value) => JSON.stringify(value).slice(0, 100));
  return values.length > MAX_LISTED ? `${shown.join(', ')}, ...` : shown.join(', ');
}
