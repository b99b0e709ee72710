import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type FleetSource, MAX_FLEET_FILES } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import { isPolicy, isPolicyTest, isYaml, MAX_FILE_BYTES, type SourceFile } from './source-file.ts';

const MAX_DIRECTORY_DEPTH = 8;

/** Reads a fleet directory. Names that start with a dot are skipped, and so is every other kind of file. */
export async function readFleetDirectory(directory: string): Promise<FleetSource> {
  const files: SourceFile[] = [];
  await collect({ root: directory, wanted: (path) => isYaml(path) || isPolicy(path), files }, '', 0);
  return { files };
}

/** The `*.test.yaml` files of a fleet directory. */
export async function readPolicyTests(directory: string): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  await collect({ root: directory, wanted: isPolicyTest, files }, '', 0);
  return files;
}

interface Collecting {
  readonly root: string;
  readonly wanted: (path: string) => boolean;
  readonly files: SourceFile[];
}

async function collect(into: Collecting, below: string, depth: number): Promise<void> {
  const { root, wanted, files } = into;
  if (depth > MAX_DIRECTORY_DEPTH) throw invalid(`${below} lies more than ${MAX_DIRECTORY_DEPTH} directories deep`);
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((cause: unknown) => {
    throw new ReeveError('invalid_fleet', `the fleet directory ${join(root, below)} cannot be read`, { cause });
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) await collect(into, path, depth + 1);
    else if (wanted(path)) files.push({ path, text: await readText(join(root, path)) });
    if (files.length > MAX_FLEET_FILES) throw invalid(`a fleet has at most ${MAX_FLEET_FILES} files`);
  }
}

async function readText(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > MAX_FILE_BYTES) throw invalid(`${file} is larger than ${MAX_FILE_BYTES} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (cause) {
    throw new ReeveError('invalid_fleet', `${file} is not UTF-8 text`, { cause });
  }
}

function invalid(message: string): ReeveError {
  return new ReeveError('invalid_fleet', message);
}
