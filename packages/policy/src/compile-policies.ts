import { type Annotations, readAnnotations } from './annotations.ts';
import { policyToJson } from './cedar.ts';
import { type Expression, partsOf, readExpression } from './expression.ts';
import type { Clause, Policy, PolicyFileText, PolicyProblem } from './policy.ts';
import { indexOfByte, Places, type PolicyPiece, splitPolicies } from './policy-text.ts';
import { readsOf } from './reads.ts';
import { type EntityName, entitiesIn, readScope, type ScopeJson } from './scope.ts';

/** A policy with what only the checks at apply need. */
export interface ParsedPolicy extends Policy {
  readonly named: readonly EntityName[];
}

export interface Compiled {
  readonly policies: readonly ParsedPolicy[];
  readonly problems: readonly PolicyProblem[];
}

export interface CompileOptions {
  /** Awaited now and then, so that a large set does not hold up what else the thread has to do. */
  readonly pause?: () => Promise<void>;
}

const MAX_POLICIES = 20_000;
const MAX_POLICY_CHARACTERS = 100_000;
const POLICIES_BETWEEN_PAUSES = 50;

export async function compilePolicies(
  files: readonly PolicyFileText[],
  options: CompileOptions = {},
): Promise<Compiled> {
  const policies: ParsedPolicy[] = [];
  const problems: PolicyProblem[] = [];
  const ids = new Set<string>();
  let seen = 0;
  for (const file of files) {
    const places = new Places(file.text);
    for (const piece of splitPolicies(file.text)) {
      if (++seen % POLICIES_BETWEEN_PAUSES === 0) await options.pause?.();
      if (seen > MAX_POLICIES) return { policies, problems: [...problems, tooMany(file, places, piece)] };
      const parsed = parsePolicy(file, places, piece);
      if ('line' in parsed) problems.push(parsed);
      else if (ids.has(parsed.id)) problems.push(duplicate(parsed));
      else policies.push(parsed);
      if ('id' in parsed) ids.add(parsed.id);
    }
  }
  return { policies, problems };
}

function parsePolicy(file: PolicyFileText, places: Places, piece: PolicyPiece): ParsedPolicy | PolicyProblem {
  const problem = (index: number, message: string): PolicyProblem => ({
    file: file.path,
    ...places.at(piece.start + index),
    message,
  });
  if (piece.text.length > MAX_POLICY_CHARACTERS) {
    return problem(0, `a policy has at most ${MAX_POLICY_CHARACTERS} characters; split it`);
  }
  try {
    const answer = policyToJson(piece.text);
    if (answer.type === 'success') {
      const annotations = readAnnotations(answer.json.annotations ?? {}, answer.json.effect);
      if ('name' in annotations) return problem(piece.text.indexOf(`@${annotations.name}`), annotations.message);
      return { ...buildPolicy(file.path, places, piece, answer.json), ...annotations };
    }
    const error = answer.errors[0];
    const help = error?.help ? `; ${error.help}` : '';
    const at = indexOfByte(piece.text, error?.sourceLocations?.[0]?.start ?? 0);
    return problem(at, `${withoutPrefix(error?.message ?? 'not a Cedar policy')}${help}`);
  } catch (error) {
    return problem(0, `not a policy that Reeve can analyse: ${(error as Error).message}`);
  }
}

type PolicyJson = Extract<ReturnType<typeof policyToJson>, { type: 'success' }>['json'];

function buildPolicy(
  file: string,
  places: Places,
  piece: PolicyPiece,
  json: PolicyJson,
): Omit<ParsedPolicy, keyof Annotations> {
  const clauses = json.conditions.map((clause): Clause => ({ kind: clause.kind, body: readExpression(clause.body) }));
  const bodies: Expression[] = clauses.map((clause) => clause.body);
  const place = places.at(piece.start);
  return {
    id: json.annotations?.id ?? `${file}:${place.line}:${place.column}`,
    effect: json.effect,
    text: piece.text,
    scope: readScope(json as ScopeJson),
    clauses,
    reads: readsOf(bodies),
    source: { file, start: piece.start, places },
    named: [...entitiesIn(json as ScopeJson), ...bodies.flatMap(entitiesOf)],
  };
}

function entitiesOf(expression: Expression): EntityName[] {
  const own = expression.op === 'entity' ? [expression] : [];
  return [...own, ...partsOf(expression).flatMap(entitiesOf)];
}

function withoutPrefix(message: string): string {
  return message.replace(/^failed to parse polic(y|ies) from string: /, '');
}

function duplicate(policy: ParsedPolicy): PolicyProblem {
  const message = `another policy has the id ${policy.id}; give each its own @id`;
  return { file: policy.source.file, ...policy.source.places.at(policy.source.start), message };
}

function tooMany(file: PolicyFileText, places: Places, piece: PolicyPiece): PolicyProblem {
  const message = `a fleet has at most ${MAX_POLICIES} policies; say the same with fewer, wider scopes`;
  return { file: file.path, ...places.at(piece.start), message };
}
