import { readFileSync } from 'node:fs';
import type { PolicyFile } from '../registry/index.ts';

export const BASE_PATH = 'policies/base.cedar';

const text = readFileSync(new URL('./base.cedar', import.meta.url), 'utf8');

/** The fleet's policies, with ours below them unless a file of the same name takes their place. */
export function withBasePolicies(files: readonly PolicyFile[]): readonly PolicyFile[] {
  return files.some((file) => file.path === BASE_PATH) ? files : [{ path: BASE_PATH, text }, ...files];
}

export function hasOwnBase(files: readonly PolicyFile[]): boolean {
  return files.some((file) => file.path === BASE_PATH);
}
