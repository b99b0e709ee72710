import { API_SHAPES, type ApiShape, type Model, type ModelTarget } from '@reeve/contracts';
import { BoundedMap } from '../../lib/index.ts';
import type { Fleet, FleetProblem } from '../../registry/index.ts';
import { apiOf, makeTarget, type Route, routeSettings, type Target } from './target.ts';
import type { TargetHealth } from './target-health.ts';

const MAX_DIRECT_ROUTES = 1_000;

/** Everything applied about models, ready for calls. */
export interface CompiledFleet {
  readonly routes: ReadonlyMap<string, Route>;
  /** Routes of `provider/model`, made when first called. */
  readonly direct: BoundedMap<string, Route>;
  readonly problems: readonly FleetProblem[];
  speaking(route: Route, shape: ApiShape): readonly Target[];
}

export function compileFleet(fleet: Fleet, healthOf: (key: string) => TargetHealth): CompiledFleet {
  const problems: FleetProblem[] = [];
  const routes = new Map<string, Route>();
  for (const model of fleet.models.values()) routes.set(model.name, compileModel(model, fleet, problems, healthOf));
  for (const [name, provider] of Object.entries(fleet.settings.providers))
    checkProvider(name, provider, fleet, problems);
  const bySpeech = new WeakMap<Route, Map<ApiShape, readonly Target[]>>();
  return {
    routes,
    direct: new BoundedMap(MAX_DIRECT_ROUTES),
    problems,
    speaking(route, shape) {
      let shapes = bySpeech.get(route);
      if (shapes === undefined) {
        shapes = new Map(API_SHAPES.map((api) => [api, route.targets.filter((target) => target.shape === api)]));
        bySpeech.set(route, shapes);
      }
      return shapes.get(shape) ?? [];
    },
  };
}

function compileModel(
  model: Model,
  fleet: Fleet,
  problems: FleetProblem[],
  healthOf: (key: string) => TargetHealth,
): Route {
  const targets: Target[] = [];
  model.targets.forEach((target, i) => {
    const api = apiOf(target, fleet.settings);
    const object = { kind: 'Model', name: model.name } as const;
    if (api === undefined) {
      const message = `provider "${target.provider}" is not known: say which API it speaks, e.g. api: openai`;
      problems.push({ object, path: ['targets', i, 'provider'], message });
      return;
    }
    const credential = missingSecret(target, fleet);
    if (credential !== undefined) {
      const message = `no Secret is named "${credential}": add { kind: Secret, name: ${credential}, from: { env: ... } }`;
      problems.push({ object, path: ['targets', i, 'credential'], message });
    }
    targets.push(makeTarget(target, api, fleet.settings, healthOf));
  });
  return { ...routeSettings(model), name: model.name, targets, maxOutputTokens: model.maxOutputTokens };
}

function missingSecret(target: Pick<ModelTarget, 'credential'>, fleet: Fleet): string | undefined {
  return target.credential === undefined || fleet.secrets.has(target.credential) ? undefined : target.credential;
}

function checkProvider(
  name: string,
  provider: Fleet['settings']['providers'][string],
  fleet: Fleet,
  problems: FleetProblem[],
): void {
  const object = { kind: 'Workspace', name: fleet.settings.name } as const;
  if (apiOf({ provider: name, api: provider.api }, fleet.settings) === undefined) {
    problems.push({
      object,
      path: ['providers', name],
      message: `provider "${name}" is not known: say which API it speaks, e.g. api: openai`,
    });
  }
  const credential = missingSecret({ credential: provider.credential }, fleet);
  if (credential !== undefined) {
    problems.push({ object, path: ['providers', name, 'credential'], message: `no Secret is named "${credential}"` });
  }
}
