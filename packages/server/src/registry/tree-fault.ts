const MAX_DEPTH = 32;
const MAX_NODES = 200_000;

interface TreeFault {
  readonly path: readonly (string | number)[];
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** What YAML can express but a fleet object cannot: numbers without a value, prototypes, bottomless nesting. */
export function treeFault(root: unknown): TreeFault | undefined {
  let nodes = 0;
  const walk = (value: unknown, path: readonly (string | number)[]): TreeFault | undefined => {
    if (++nodes > MAX_NODES) return { path: [], at: 'value', message: `an object has at most ${MAX_NODES} values` };
    if (path.length > MAX_DEPTH) return { path, at: 'value', message: `nested more than ${MAX_DEPTH} levels deep` };
    if (typeof value === 'number' && !Number.isFinite(value))
      return { path, at: 'value', message: 'a number must be finite' };
    if (typeof value === 'string' && !value.isWellFormed()) return { path, at: 'value', message: 'not valid Unicode' };
    if (typeof value !== 'object' || value === null) return undefined;
    for (const [key, item] of Object.entries(value)) {
      const below = [...path, Array.isArray(value) ? Number(key) : key];
      const fault: TreeFault | undefined =
        key === '__proto__'
          ? { path: below, at: 'key', message: `${key.toWellFormed()} is not a key` }
          : walk(item, below);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  return walk(root, []);
}
