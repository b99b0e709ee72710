import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { keysAt } from './schema-keys.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

const MAX_SHOWN_LENGTH = 60;
const MAX_LISTED_KEYS = 40;

export interface SchemaFault {
  readonly path: Path;
  /** Whether the key itself is wrong, or what it holds. */
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** Zod's issues in the words of someone who edits YAML: what is there, and what would be right. */
export function schemaFaults(
  schema: z.ZodType,
  root: unknown,
  issues: readonly Issue[],
  prefix: Path = [],
): SchemaFault[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...(issue.path as Path)];
    if (issue.code === 'unrecognized_keys') return unknownKeys(schema, path, issue.keys);
    if (issue.code === 'invalid_union') return unionFaults(schema, root, issue, path);
    if (issue.code === 'invalid_key')
      return [{ path, at: 'key' as const, message: expected(issue.issues[0]?.message ?? issue.message, path.at(-1)) }];
    return [{ path, at: 'value' as const, message: fault(issue, path, valueAt(root, path)) }];
  });
}

function fault(issue: Issue, path: Path, value: unknown): string {
  if (value === undefined) return `"${String(path.at(-1))}" is missing${wanted(issue)}`;
  switch (issue.code) {
    case 'invalid_type':
      return expected(article(issue.expected), value);
    case 'invalid_value':
      return `${expected(choices(issue.values), value)}${typeof value === 'string' ? didYouMean(value, issue.values.map(String)) : ''}`;
    case 'invalid_format':
      return expected(issue.format === 'url' ? 'a URL such as https://api.example.com' : issue.message, value);
    case 'too_small':
      return expected(
        `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`,
        value,
      );
    case 'too_big':
      return expected(
        `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`,
        value,
      );
    default:
      return issue.message;
  }
}

function wanted(issue: Issue): string {
  if (issue.code === 'invalid_type') return `: give ${article(issue.expected)}`;
  return issue.code === 'invalid_value' ? `: give ${choices(issue.values)}` : '';
}

function unknownKeys(schema: z.ZodType, path: Path, keys: readonly string[]): SchemaFault[] {
  const known = keysAt(schema, path);
  return keys.map((key) => {
    const near = didYouMean(key, known);
    const hint = near === '' && known.length > 0 ? `; known here: ${known.slice(0, MAX_LISTED_KEYS).join(', ')}` : near;
    return { path: [...path, key], at: 'key', message: `unknown key "${key.slice(0, MAX_SHOWN_LENGTH)}"${hint}` };
  });
}

/** The branch that was meant is the one that takes the value's type and has the fewest faults; without one, the forms are listed. */
function unionFaults(
  schema: z.ZodType,
  root: unknown,
  issue: Issue & { code: 'invalid_union' },
  path: Path,
): SchemaFault[] {
  const value = valueAt(root, path);
  if (value === undefined) return [{ path, at: 'value', message: `"${String(path.at(-1))}" is missing` }];
  const meant = issue.errors.filter(
    (issues) => !issues.some((inner) => inner.path.length === 0 && inner.code !== 'unrecognized_keys'),
  );
  if (isObject(value)) {
    const known = new Set(keysAt(schema, path));
    const unknown = Object.keys(value).filter((key) => !known.has(key));
    if (unknown.length > 0) return unknownKeys(schema, path, unknown);
    meant.sort((a, b) => a.length - b.length);
  }
  const [first, second] = meant;
  if (first !== undefined && (second === undefined || first.length < second.length))
    return schemaFaults(schema, root, first, path);
  return [{ path, at: 'value', message: expected(forms(issue.errors, keysAt(schema, path)), value) }];
}

function forms(branches: readonly (readonly Issue[])[], keys: readonly string[]): string {
  const words = branches.flatMap((issues) => issues.filter((issue) => issue.path.length === 0).map(form));
  const named = [...new Set(words.filter((word) => word !== 'an object'))];
  if (keys.length > 0) named.push(`an object with ${keys.join(', ')}`);
  return named.length === 0 ? 'another form' : `one of: ${named.join('; ')}`;
}

function form(issue: Issue): string {
  if (issue.code === 'invalid_type') return article(issue.expected);
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ');
  return issue.message;
}

function expected(what: string, value: unknown): string {
  return `expected ${what}; found ${shown(value)}`;
}

function shown(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (isObject(value)) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}...` : text;
}

function article(type: string): string {
  const words: Record<string, string> = {
    string: 'text',
    record: 'an object',
    object: 'an object',
    array: 'a list',
    int: 'a whole number',
    boolean: 'true or false',
  };
  return words[type] ?? `a ${type}`;
}

function choices(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`;
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const segment of path)
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, segment)
        ? (value as Record<string | number, unknown>)[segment]
        : undefined;
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
