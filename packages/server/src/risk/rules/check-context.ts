import type { RiskRules } from '@reeve/contracts';
import { type CelProgram, compileCel } from '../../lib/index.ts';
import { didYouMean, type Fleet, type FleetProblem } from '../../registry/index.ts';
import { guardsOf, readsOf } from './expression-reads.ts';
import { type KnownTool, mayCover } from './known-tools.ts';
import { unknownPlace, type Vocabulary } from './vocabulary.ts';
import { withinMeasure } from './within-measure.ts';
import type { NamedWorld } from './worlds.ts';

export type ObjectPath = readonly (string | number)[];

const MAX_WORDS_SHOWN = 12;

/** What it takes to check one RiskRules object, and what was found so far. */
export class CheckContext {
  readonly fleet: Fleet;
  readonly rules: RiskRules;
  readonly vocabulary: Vocabulary;
  readonly tools: readonly KnownTool[];
  /** All kinds of call that rules may be about. */
  readonly worlds: readonly NamedWorld[];
  readonly problems: FleetProblem[] = [];

  constructor(parts: Pick<CheckContext, 'fleet' | 'rules' | 'vocabulary' | 'tools' | 'worlds'>) {
    this.fleet = parts.fleet;
    this.rules = parts.rules;
    this.vocabulary = parts.vocabulary;
    this.tools = parts.tools;
    this.worlds = parts.worlds;
  }

  report(path: ObjectPath, message: string): void {
    this.problems.push({ object: { kind: 'RiskRules', name: this.rules.name }, path, message });
  }

  /** Worlds of the tools that a pattern may mean. */
  worldsOf(patterns: readonly string[]): readonly NamedWorld[] {
    return this.worlds.filter(({ tool }) => tool !== undefined && patterns.some((pattern) => mayCover(pattern, tool)));
  }

  checkPattern(pattern: string, path: ObjectPath): void {
    if (this.worldsOf([pattern]).length > 0) return;
    this.report(path, `no tool of this fleet fits "${pattern}"${this.nearestTool(pattern)}`);
  }

  checkAgent(name: string, path: ObjectPath): void {
    const { agents } = this.rules;
    if (!this.fleet.agents.has(name))
      this.report(path, `there is no Agent "${name}"${didYouMean(name, this.fleet.agents.keys())}`);
    else if (agents !== undefined && !agents.includes(name))
      this.report(path, `this step can never match: "${name}" is not among the agents of these RiskRules`);
  }

  nearestTool(name: string): string {
    return didYouMean(
      name,
      this.tools.flatMap((tool) => tool.name ?? []),
    );
  }

  /** Compiles, and looks whether all places that it reads exist. */
  compile(source: string, variables: readonly string[], path: ObjectPath): CelProgram | undefined {
    const compiled = compileCel(source, variables);
    if (!compiled.ok) {
      this.report(path, `not a CEL expression over ${variables.join(', ')}: ${compiled.message}`);
      return undefined;
    }
    const { tree } = compiled.program;
    let complete = true;
    for (const place of [...readsOf(tree), ...guardsOf(tree)]) {
      const unknown = unknownPlace(this.vocabulary, place);
      if (unknown === undefined) continue;
      complete = false;
      this.report(path, unknownWords(unknown));
    }
    return complete ? withinMeasure(compiled.program) : undefined;
  }
}

function unknownWords({ word, known }: { word: string; known: readonly string[] }): string {
  const near = didYouMean(word, known);
  if (near !== '') return `there is no ${word}${near}`;
  if (word.startsWith('signals.'))
    return known.length === 0
      ? `there is no ${word}: no signals are defined here`
      : `there is no ${word}: ${list(known)}`;
  return known.length === 0 ? `there is no ${word}` : `there is no ${word}: ${list(known)}`;
}

function list(words: readonly string[]): string {
  return `these RiskRules have ${words.slice(0, MAX_WORDS_SHOWN).join(', ')}${words.length > MAX_WORDS_SHOWN ? ', ...' : ''}`;
}
