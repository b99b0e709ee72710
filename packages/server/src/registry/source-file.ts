import type { FleetSource, LocatedProblem } from '@reeve/contracts';
import { MAX_FLEET_FILES } from '@reeve/contracts';

export const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_SOURCE_BYTES = 64 * 1024 * 1024;

export type SourceFile = FleetSource['files'][number];

/** What is wrong with the files as such: paths, sizes, kinds of file. */
export function fileProblems(source: FleetSource): LocatedProblem[] {
  if (source.files.length > MAX_FLEET_FILES)
    return [atStart('.', `a fleet has at most ${MAX_FLEET_FILES} files, this one has ${source.files.length}`)];
  const problems: LocatedProblem[] = [];
  const seen = new Set<string>();
  let total = 0;
  for (const { path, text } of source.files) {
    total += text.length;
    const fault = pathFault(path) ?? (seen.has(path) ? 'this path is given twice' : undefined) ?? sizeFault(text);
    if (fault !== undefined) problems.push(atStart(path.slice(0, 300), fault));
    seen.add(path);
  }
  if (total > MAX_SOURCE_BYTES) problems.push(atStart('.', `a fleet has at most ${MAX_SOURCE_BYTES} bytes`));
  return problems;
}

export function isYaml(path: string): boolean {
  return (path.endsWith('.yaml') || path.endsWith('.yml')) && !isPolicyTest(path);
}

/** Cases beside the policies: they say what a fleet should decide, and are no part of it. */
export function isPolicyTest(path: string): boolean {
  return path.endsWith('.test.yaml') || path.endsWith('.test.yml');
}

export function isPolicy(path: string): boolean {
  return path.endsWith('.cedar');
}

/** Line ends and byte order marks do not make another version. */
export function normalText(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

function pathFault(path: string): string | undefined {
  if (!/^[^\\/\p{Cc}]+(\/[^\\/\p{Cc}]+)*$/u.test(path) || /(^|\/)\.\.?(\/|$)/.test(path))
    return 'a path is relative to the fleet directory, with / between its parts, such as agents/refund.yaml';
  if (isPolicy(path) && !/^policies\/[^/]+$/.test(path))
    return 'policies live in policies/, such as policies/refund.cedar';
  if (!isPolicy(path) && !isYaml(path) && !isPolicyTest(path))
    return 'a fleet consists of .yaml, .yml and .cedar files';
  return undefined;
}

function sizeFault(text: string): string | undefined {
  return text.length > MAX_FILE_BYTES ? `a file has at most ${MAX_FILE_BYTES} bytes` : undefined;
}

export function atStart(file: string, message: string): LocatedProblem {
  return { file, line: 1, column: 1, message };
}
