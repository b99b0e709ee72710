import type { Domain } from './domain.ts';
import { ANYTHING, NUMBER, oneOf, TEXT } from './domain.ts';
import type { Path } from './expression-reads.ts';
import { type KnownTool, reversibilityOf } from './known-tools.ts';
import type { World } from './possible.ts';
import { schemaDomain } from './schema-domain.ts';
import { domainIn, type Vocabulary } from './vocabulary.ts';

type Place = ReturnType<World['domainOf']>;

/** One kind of call that a rule may be about, with what its places can hold. */
export interface NamedWorld extends World {
  /** For messages: the tool, or what else it is. */
  readonly name: string;
  /** Undefined for what is no tool call. */
  readonly tool: KnownTool | undefined;
}

/** Arguments by which each signal is kept: where they are missing, so is the signal. */
export type SignalKeys = ReadonlyMap<string, readonly Path[]>;

export function worldOfTool(vocabulary: Vocabulary, keys: SignalKeys, tool: KnownTool): NamedWorld {
  const name = tool.name ?? `undeclared tools of ${tool.server}`;
  const facts = actionWords(tool);
  const argumentOf = (path: Path) => argument(tool, name, path);
  const domainOf = (path: Path): Place => {
    if (path[0] === 'args') return argumentOf(path);
    return facts.get(path.join('.')) ?? keyless(keys, path, argumentOf) ?? domainIn(vocabulary, path);
  };
  return { name, tool, domainOf };
}

function keyless(keys: SignalKeys, path: Path, argumentOf: (path: Path) => Place): Place | undefined {
  if (path[0] !== 'signals') return undefined;
  for (const key of keys.get(path[1] ?? '') ?? [])
    if ('missing' in argumentOf(key))
      return { missing: `signals.${path[1]} is kept by ${key.join('.')}, and ${missingOf(argumentOf(key))}` };
  return undefined;
}

function missingOf(place: Place): string {
  return 'missing' in place ? place.missing : '';
}

/** A model call has no arguments and no amount; its name is that of a model. */
export function worldOfModels(vocabulary: Vocabulary, keys: SignalKeys): NamedWorld {
  const facts = new Map<string, Place>([
    ['action.kind', oneOf(['model.generate'], 'for a call of a model')],
    ['action.effect', oneOf(['read'], 'for a call of a model')],
    ['action.reversible', oneOf(['compensable'], 'for a call of a model')],
  ]);
  for (const part of ['amount', 'subject', 'destination'])
    facts.set(`action.${part}`, { missing: `a call of a model has no ${part}` });
  const argumentOf = (path: Path): Place => ({ missing: `a call of a model has no argument ${path[1] ?? ''}` });
  const domainOf = (path: Path): Place =>
    path[0] === 'args' && path.length > 1
      ? argumentOf(path)
      : (facts.get(path.join('.')) ?? keyless(keys, path, argumentOf) ?? domainIn(vocabulary, path));
  return { name: 'calls of models', tool: undefined, domainOf };
}

function actionWords(tool: KnownTool): Map<string, Place> {
  const { name, declaration } = tool;
  const effects = declaration === undefined ? ['write', 'read'] : [declaration.effect];
  const reversible = effects.map((effect) =>
    effect === 'read' ? 'compensable' : reversibilityOf(declaration?.reversible),
  );
  const label = name ?? `undeclared tools of ${tool.server}`;
  const words = new Map<string, Place>([
    ['action.tool', name === undefined ? undeclaredName(tool) : oneOf([name])],
    ['action.kind', oneOf(['tool.call'], 'for a call of a tool')],
    ['action.effect', oneOf(effects, `for ${label}`)],
    ['action.reversible', oneOf(reversible, `for ${label}`)],
  ]);
  for (const [part, domain] of [
    ['amount', NUMBER],
    ['subject', TEXT],
    ['destination', TEXT],
  ] as const)
    words.set(
      `action.${part}`,
      declaration?.[part] === undefined ? { missing: `${label}: no ${part} is declared` } : domain,
    );
  return words;
}

function undeclaredName({ server, otherThan }: KnownTool): Domain {
  return { kinds: new Set(['text']), startsWith: `${server}.`, except: otherThan };
}

function argument({ schema }: KnownTool, name: string, path: Path): Place {
  if (schema === undefined || path.length < 2) return ANYTHING;
  const domain = schemaDomain(schema, path.slice(1));
  if (domain === undefined) return { missing: `the schema of ${name} has no argument ${path.slice(1).join('.')}` };
  return { ...domain, because: `by the schema of ${name}` };
}
