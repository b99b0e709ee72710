import type { ApiShape } from '@reeve/contracts';
import type { SurfaceName } from './surfaces.ts';

/** One row per endpoint: below which mounts, at which path, it meets which surface. */
export interface Endpoint {
  readonly shape: ApiShape;
  readonly path: string;
  readonly surface: SurfaceName;
}

export const MOUNTS: Readonly<Record<ApiShape, readonly string[]>> = {
  openai: ['/v1', '/openai/v1'],
  anthropic: ['/anthropic/v1'],
  // Newer SDKs say v1. Upstream both go to the version of the target's base address.
  gemini: ['/gemini/v1beta', '/gemini/v1'],
};

/** Everything below these is answered in the shape's errors; the longest that fits counts. */
export const REALMS: Readonly<Record<ApiShape, readonly string[]>> = {
  openai: ['/v1', '/openai'],
  anthropic: ['/anthropic'],
  gemini: ['/gemini'],
};

export const ENDPOINTS: readonly Endpoint[] = [
  { shape: 'openai', path: '/chat/completions', surface: 'openai.chat' },
  { shape: 'openai', path: '/completions', surface: 'openai.completions' },
  { shape: 'openai', path: '/responses', surface: 'openai.responses' },
  { shape: 'openai', path: '/embeddings', surface: 'openai.embeddings' },
  { shape: 'anthropic', path: '/messages', surface: 'anthropic.messages' },
  { shape: 'anthropic', path: '/messages/count_tokens', surface: 'anthropic.count_tokens' },
];

/** Gemini puts model and method into the path: `models/{model}:{method}`. */
export const GEMINI_METHODS: Readonly<Record<string, { readonly surface: SurfaceName; readonly stream: boolean }>> = {
  generateContent: { surface: 'gemini.generateContent', stream: false },
  streamGenerateContent: { surface: 'gemini.generateContent', stream: true },
  countTokens: { surface: 'gemini.countTokens', stream: false },
  embedContent: { surface: 'gemini.embedContent', stream: false },
  batchEmbedContents: { surface: 'gemini.batchEmbedContents', stream: false },
};
