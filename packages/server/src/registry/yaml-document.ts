import type { LocatedProblem } from '@reeve/contracts';
import { Composer, type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, Parser, visit } from 'yaml';
import type { Pace } from './pace.ts';
import type { SourceFile } from './source-file.ts';
import { treeFault } from './tree-fault.ts';

const MAX_ALIAS_EXPANSION = 100;
const MAX_SYNTAX_PROBLEMS_PER_DOCUMENT = 3;

type Path = readonly (string | number)[];
type Locate = (path: Path, at: 'key' | 'value') => { line: number; column: number };

/** One YAML document, as JSON, and where each part of it stands. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  readonly locate: Locate;
}

/** Reads all documents of a file in slices, so that a large fleet does not stop the traffic. */
export async function readYaml(file: SourceFile, pace: Pace, problems: LocatedProblem[]): Promise<YamlDocument[]> {
  const lines = new LineCounter();
  const parser = new Parser(lines.addNewLine);
  const composer = new Composer({ lineCounter: lines, prettyErrors: false });
  const documents: YamlDocument[] = [];
  for (const token of parser.parse(file.text)) {
    for (const document of composer.next(token)) take(document, file.path, lines, documents, problems);
    await pace();
  }
  for (const document of composer.end()) take(document, file.path, lines, documents, problems);
  return documents;
}

function take(
  document: Document.Parsed,
  file: string,
  lines: LineCounter,
  into: YamlDocument[],
  problems: LocatedProblem[],
): void {
  const at = (offset: number) => position(lines, offset);
  const syntax = [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_PROBLEMS_PER_DOCUMENT);
  for (const { message, pos } of syntax) problems.push({ file, ...at(pos[0]), message: `YAML: ${message}` });
  if (syntax.length > 0 || document.contents === null) return;
  const start = document.contents.range?.[0] ?? 0;
  const locate: Locate = (path, place) => at(find(document, path, place) ?? start);
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIAS_EXPANSION });
    if (value === null) return;
    const fault = treeFault(value);
    if (fault === undefined) into.push({ file, value, locate });
    else problems.push({ file, ...locate(fault.path, fault.at), message: fault.message });
  } catch (error) {
    problems.push({ file, ...at(firstBadAlias(document) ?? start), message: `YAML: ${(error as Error).message}` });
  }
}

function firstBadAlias(document: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      found = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return found;
}

/** Offset of the deepest part of the path that exists; undefined where nothing of it does. */
function find(document: Document.Parsed, path: Path, place: 'key' | 'value'): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const [index, segment] of path.entries()) {
    const whole = isAlias(node) ? node.resolve(document) : node;
    const last = index === path.length - 1;
    if (isMap(whole)) {
      const pair = whole.items.find((item) => isScalar(item.key) && String(item.key.value) === String(segment));
      if (pair === undefined) return offset;
      node = pair.value;
      offset = last && place === 'key' ? startOf(pair.key) : (startOf(node) ?? startOf(pair.key));
    } else if (isSeq(whole)) {
      node = whole.items[Number(segment)];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
