import { FLEET_KINDS } from '@reeve/contracts';
import { z } from 'zod';

type JsonSchema = Record<string, unknown>;

/**
 * JSON Schemas (2020-12) by file name: one per kind, and `fleet.schema.json` for files of mixed kinds. An editor takes one by
 * `# yaml-language-server: $schema=http://127.0.0.1:7373/api/schemas/fleet.schema.json` at the top of a file.
 */
export function fleetJsonSchemas(): Readonly<Record<string, JsonSchema>> {
  const kinds = Object.entries(FLEET_KINDS).map(([kind, schema]) => {
    const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
    return { kind, dialect: $schema, body: body as JsonSchema };
  });
  const schemas: Record<string, JsonSchema> = {};
  for (const { kind, dialect, body } of kinds)
    schemas[`${kind}.schema.json`] = { $schema: dialect, title: `Reeve ${kind}`, ...body };
  schemas['fleet.schema.json'] = {
    $schema: kinds[0]?.dialect,
    title: 'Reeve fleet object',
    type: 'object',
    required: ['kind', 'name'],
    oneOf: kinds.map(({ kind }) => ({ $ref: `#/$defs/${kind}` })),
    $defs: Object.fromEntries(kinds.map(({ kind, body }) => [kind, body])),
  };
  return schemas;
}
