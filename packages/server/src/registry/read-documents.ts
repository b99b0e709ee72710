import type { LocatedProblem } from '@reeve/contracts';
import type { z } from 'zod';
import { createPace } from './pace.ts';
import { schemaFaults } from './schema-fault.ts';
import { normalText, type SourceFile } from './source-file.ts';
import { readYaml, type YamlDocument } from './yaml-document.ts';

export interface ReadDocument<T> extends Pick<YamlDocument, 'file' | 'locate'> {
  readonly value: T;
}

/** YAML that is no part of a fleet, read with the same care and the same words about faults. */
export async function readDocuments<S extends z.ZodType>(
  file: SourceFile,
  schema: S,
): Promise<{ documents: readonly ReadDocument<z.output<S>>[]; problems: readonly LocatedProblem[] }> {
  const problems: LocatedProblem[] = [];
  const documents: ReadDocument<z.output<S>>[] = [];
  const text = normalText(file.text);
  for (const { value, locate } of await readYaml({ path: file.path, text }, createPace(), problems)) {
    const parsed = schema.safeParse(value);
    if (parsed.success) documents.push({ file: file.path, locate, value: parsed.data });
    else
      for (const { path, at, message } of schemaFaults(schema, value, parsed.error.issues))
        problems.push({ file: file.path, ...locate(path, at), message });
  }
  return { documents, problems };
}
