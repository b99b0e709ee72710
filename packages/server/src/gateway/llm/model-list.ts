import type { ApiShape } from '@reeve/contracts';

/** Models have no creation time of their own here, and clients want one. */
const CREATED_SECONDS = 1_767_225_600;
const CREATED_AT = new Date(CREATED_SECONDS * 1_000).toISOString();

/** One model as each API describes it. */
export function modelEntry(shape: ApiShape, name: string): object {
  switch (shape) {
    case 'openai':
      return { id: name, object: 'model', created: CREATED_SECONDS, owned_by: 'reeve' };
    case 'anthropic':
      return { type: 'model', id: name, display_name: name, created_at: CREATED_AT };
    case 'gemini':
      return {
        name: `models/${name}`,
        displayName: name,
        supportedGenerationMethods: ['generateContent', 'countTokens', 'embedContent'],
      };
  }
}

export function modelList(shape: ApiShape, names: readonly string[]): object {
  const entries = names.map((name) => modelEntry(shape, name));
  switch (shape) {
    case 'openai':
      return { object: 'list', data: entries };
    case 'anthropic':
      return { data: entries, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
    case 'gemini':
      return { models: entries };
  }
}
