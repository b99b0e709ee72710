import { execFile } from 'node:child_process';
import { join } from 'node:path';

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

/** The command as a person runs it: a process of its own, found by its address and the token file. */
export function runReeve(
  server: { readonly url: string; readonly data: string } | undefined,
  ...args: readonly string[]
): Promise<CliResult> {
  const where = server === undefined ? [] : ['--url', server.url, '--data', server.data];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...where, ...args],
      { env: { PATH: process.env.PATH } },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ exitCode, stdout, stderr });
      },
    );
  });
}
