import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXIT } from './exit-codes.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const ENVIRONMENT = { PATH: process.env.PATH, REEVE_TOKEN: 'none', REEVE_URL: 'http://127.0.0.1:1' };

function run(args: readonly string[]): Promise<{ exitCode: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: ENVIRONMENT }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}` });
    });
  });
}

test.for([
  ['plan /nowhere/at/all', EXIT.usage, 'the fleet directory /nowhere/at/all cannot be read'],
  ['--url banana agents', EXIT.usage, '"banana" is not a URL'],
  ['agents', EXIT.unreachable, 'the server cannot be reached'],
  ['start --banana 1', EXIT.usage, '--banana is not an option'],
  ['start --port many', EXIT.usage, '--port is a whole number'],
  ['who-can fly', EXIT.usage, 'fly is no effect'],
  ['kill banana', EXIT.usage, 'say what'],
  ['audit verify /nowhere/at/all', EXIT.usage, 'there is no directory /nowhere/at/all'],
  ['keys create', EXIT.usage, '--agent'],
] as const)('reeve %s: a sentence and an exit code, never a stack', async ([line, exitCode, sentence]) => {
  const ended = await run(line.split(' '));
  expect(ended.exitCode).toBe(exitCode);
  expect(ended.said).toContain(sentence);
  expect(ended.said).not.toContain('    at ');
});
