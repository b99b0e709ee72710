import { type ApiShape, durationMs, type Model, type ModelTarget, type Workspace } from '@reeve/contracts';
import { PriceSource } from './price-book.ts';
import type { TargetHealth } from './target-health.ts';

/** One upstream model, with everything a call needs that does not change from call to call. */
export interface Target {
  /** `provider/model`, for records. */
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly shape: ApiShape;
  /** Secret to inject, or undefined for an upstream that needs none. */
  readonly credential: string | undefined;
  readonly weight: number;
  readonly price: PriceSource;
  readonly health: TargetHealth;
  urlOf(path: string): URL;
}

/** A name that callers use, and what it stands for. */
export interface Route {
  readonly name: string;
  readonly strategy: Model['strategy'];
  readonly targets: readonly Target[];
  /** Further attempts on the same target. */
  readonly retries: number;
  readonly retryOn: ReadonlySet<number | string>;
  readonly timeoutMs: number;
  readonly circuit: { readonly failures: number; readonly cooldownMs: number };
  readonly maxOutputTokens: number;
}

const API_OF_PROVIDER: Readonly<Record<string, ApiShape>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'gemini',
  google: 'gemini',
};

const DEFAULT_BASE_URLS: Readonly<Record<ApiShape, string>> = {
  openai: 'https://api.openai.com',
  anthropic: 'https://api.anthropic.com',
  gemini: 'https://generativelanguage.googleapis.com',
};

export function apiOf(target: Pick<ModelTarget, 'provider' | 'api'>, settings: Workspace): ApiShape | undefined {
  return target.api ?? settings.providers[target.provider]?.api ?? API_OF_PROVIDER[target.provider];
}

export function makeTarget(
  target: ModelTarget,
  shape: ApiShape,
  settings: Workspace,
  healthOf: (key: string) => TargetHealth,
): Target {
  const provider = settings.providers[target.provider];
  const base = baseAddress(target.baseUrl ?? provider?.baseUrl ?? DEFAULT_BASE_URLS[shape], shape);
  const urls = new Map<string, URL>();
  return {
    name: `${target.provider}/${target.model}`,
    provider: target.provider,
    model: target.model,
    shape,
    credential: target.credential ?? provider?.credential,
    weight: target.weight,
    price: new PriceSource(target, settings.prices),
    health: healthOf(`${settings.name} ${base} ${target.model}`),
    // A target has one model, so there are as many addresses as surfaces.
    urlOf(path) {
      let url = urls.get(path);
      if (url === undefined) {
        url = new URL(base + path);
        urls.set(path, url);
      }
      return url;
    },
  };
}

/** Base addresses as the official SDKs take them: with the version for OpenAI, with or without it for the others. */
function baseAddress(baseUrl: string, shape: ApiShape): string {
  const base = baseUrl.replace(/\/+$/, '');
  const bare = new URL(base).pathname === '/';
  if (shape === 'openai') return bare ? `${base}/v1` : base;
  if (shape === 'anthropic') return base.endsWith('/v1') ? base : `${base}/v1`;
  return /\/v1(alpha|beta)?$/.test(base) ? base : `${base}/v1beta`;
}

export function routeSettings(
  model: Pick<Model, 'strategy' | 'retry' | 'timeout' | 'circuit'>,
): Omit<Route, 'name' | 'targets' | 'maxOutputTokens'> {
  return {
    strategy: model.strategy,
    retries: model.retry.attempts,
    retryOn: new Set(model.retry.on),
    timeoutMs: durationMs(model.timeout),
    circuit: { failures: model.circuit.failures, cooldownMs: durationMs(model.circuit.cooldown) },
  };
}
