import { z } from 'zod';

/** Keys that a schema takes at a path: of all branches, where several are possible there. */
export function keysAt(schema: z.core.$ZodType, path: readonly (string | number)[]): string[] {
  const keys = new Set<string>();
  for (const part of partsAt(schema, path))
    if (part instanceof z.ZodObject) for (const key of Object.keys(part.shape)) keys.add(key);
  return [...keys];
}

function partsAt(schema: z.core.$ZodType, path: readonly (string | number)[]): z.core.$ZodType[] {
  const parts = branches(schema);
  const [segment, ...rest] = path;
  if (segment === undefined) return parts;
  return parts.flatMap((part) => {
    const below = child(part, segment);
    return below === undefined ? [] : partsAt(below, rest);
  });
}

function branches(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return branches(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(branches);
  return [schema];
}

function child(schema: z.core.$ZodType, segment: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return Object.hasOwn(schema.shape, segment) ? schema.shape[segment] : undefined;
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}
