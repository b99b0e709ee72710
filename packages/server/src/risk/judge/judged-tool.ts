import type { Fleet } from '../../registry/index.ts';
import type { CompiledSignal } from '../rules/compiled-rules.ts';
import type { Path } from '../rules/expression-reads.ts';
import type { KnownSchema } from '../rules/known-tools.ts';
import { schemaDomain } from '../rules/schema-domain.ts';

const DECLARED_PARTS = ['amount', 'subject', 'destination'] as const;

/** Tells of a value that is missing whether it should have been there. */
export interface Expectations {
  expects(path: Path): boolean;
}

/** A tool as far as somebody declared it; what nobody declared may hold anything, so everything is expected of it. */
export function expectationsOf(
  fleet: Fleet,
  target: string,
  isTool: boolean,
  signals: ReadonlyMap<string, CompiledSignal>,
  known: KnownSchema,
): Expectations {
  const dot = target.indexOf('.');
  const tools = isTool ? fleet.toolServers.get(target.slice(0, dot))?.tools : undefined;
  const name = target.slice(dot + 1);
  const declaration = tools !== undefined && Object.hasOwn(tools, name) ? tools[name] : undefined;
  // Asked when it is needed: what a server offers may be learnt after the first call was judged.
  const schemaOf = () => declaration?.inputSchema ?? known(fleet.workspace, target);
  const takes = (path: Path): boolean => {
    const schema = schemaOf();
    return schema === undefined || schemaDomain(schema, path) !== undefined;
  };
  const expects = (path: Path): boolean => {
    const [root, member = ''] = path;
    if (root === 'args') return isTool && takes(path.slice(1));
    if (root === 'action') {
      const part = DECLARED_PARTS.find((candidate) => candidate === member);
      return part === undefined || declaration?.[part] !== undefined;
    }
    if (root !== 'signals') return true;
    const by = signals.get(member)?.by ?? [];
    return by.every((key) => typeof key === 'string' || expects(key));
  };
  return { expects };
}
