import type { Agent } from '@reeve/contracts';
import { type ApiShape, type ModelTarget, modelSchema } from '@reeve/contracts';
import { BoundedMap, ReeveError } from '../../lib/index.ts';
import type { Fleet, FleetPart } from '../../registry/index.ts';
import { type CompiledFleet, compileFleet } from './compile-fleet.ts';
import { isModelListed } from './model-pattern.ts';
import { apiOf, makeTarget, type Route, routeSettings, type Target } from './target.ts';
import { TargetHealth } from './target-health.ts';

const MAX_HEALTH_ENTRIES = 10_000;

/** A route, and those of its targets that speak the caller's API. */
export interface Resolved {
  readonly route: Route;
  readonly targets: readonly Target[];
}

/** Turns the name that a caller gives into targets, under the caller's fleet. What it learnt of targets outlives an apply. */
export class ModelRouter implements FleetPart {
  readonly #fleets = new WeakMap<Fleet, CompiledFleet>();
  readonly #health = new BoundedMap<string, TargetHealth>(MAX_HEALTH_ENTRIES);

  prepare(fleet: Fleet): ReturnType<FleetPart['prepare']> {
    const compiled = compileFleet(fleet, this.#healthOf);
    return Promise.resolve({
      problems: compiled.problems,
      activate: () => {
        this.#fleets.set(fleet, compiled);
      },
    });
  }

  /** Throws `unknown_model` also for models that the agent may not know of. */
  resolve(fleet: Fleet, agent: Pick<Agent, 'models'>, shape: ApiShape, model: string): Resolved {
    const compiled = this.#compiled(fleet);
    const route = compiled.routes.get(model) ?? this.#direct(fleet, compiled, shape, model);
    if (route === undefined || !isModelListed(agent.models, route.name)) throw unknownModel(model);
    const targets = compiled.speaking(route, shape);
    if (targets.length === 0) {
      throw new ReeveError(
        'unknown_model',
        `${route.name} has no target that speaks the ${shape} API: call it through another endpoint`,
      );
    }
    return { route, targets };
  }

  /** Names that the agent may use through this API. */
  list(fleet: Fleet, agent: Agent, shape: ApiShape): readonly string[] {
    const compiled = this.#compiled(fleet);
    const names = [...compiled.routes.values()]
      .filter((route) => compiled.speaking(route, shape).length > 0)
      .map((route) => route.name);
    for (const pattern of agent.models) {
      if (!pattern.includes('/') || pattern.endsWith('*') || names.includes(pattern)) continue;
      const route = this.#direct(fleet, compiled, shape, pattern);
      if (route?.targets.some((target) => target.shape === shape)) names.push(pattern);
    }
    return names.filter((name) => isModelListed(agent.models, name));
  }

  #compiled(fleet: Fleet): CompiledFleet {
    let compiled = this.#fleets.get(fleet);
    if (compiled === undefined) {
      compiled = compileFleet(fleet, this.#healthOf);
      this.#fleets.set(fleet, compiled);
    }
    return compiled;
  }

  /** `provider/model`, or a bare name through the API of a configured provider. */
  #direct(fleet: Fleet, compiled: CompiledFleet, shape: ApiShape, name: string): Route | undefined {
    const key = `${shape} ${name}`;
    const known = compiled.direct.get(key);
    if (known !== undefined) return known;
    const target = directTarget(fleet, shape, name);
    const api = target === undefined ? undefined : apiOf(target, fleet.settings);
    if (target === undefined || api === undefined) return undefined;
    const route: Route = {
      ...DIRECT_SETTINGS,
      name: `${target.provider}/${target.model}`,
      targets: [makeTarget(target, api, fleet.settings, this.#healthOf)],
      maxOutputTokens: fleet.settings.maxOutputTokens,
    };
    compiled.direct.set(key, route);
    return route;
  }

  readonly #healthOf = (key: string): TargetHealth => {
    let health = this.#health.get(key);
    if (health === undefined) {
      health = new TargetHealth();
      this.#health.set(key, health);
    }
    return health;
  };
}

const DIRECT_SETTINGS = routeSettings(
  modelSchema.parse({ kind: 'Model', name: 'direct', targets: [{ provider: 'any', model: 'any' }] }),
);
const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,199}$/;

function directTarget(fleet: Fleet, shape: ApiShape, name: string): ModelTarget | undefined {
  const { providers } = fleet.settings;
  const slash = name.indexOf('/');
  const named = slash > 0 && Object.hasOwn(providers, name.slice(0, slash)) ? name.slice(0, slash) : undefined;
  const provider =
    named ??
    Object.keys(providers).find((candidate) => candidate === shape) ??
    Object.keys(providers).find((candidate) => apiOf({ provider: candidate }, fleet.settings) === shape);
  const model = named === undefined ? name : name.slice(slash + 1);
  if (provider === undefined || !MODEL_NAME.test(model) || model.includes('..')) return undefined;
  return { provider, model, weight: 1 };
}

function unknownModel(model: string): ReeveError {
  return new ReeveError(
    'unknown_model',
    `no model "${model.slice(0, 200)}" is open to this agent; GET /v1/models lists those that are, and provider/model names one of a configured provider`,
  );
}
