import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startModelProvider } from '@reeve/testkit';
import OpenAI from 'openai';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { agent, filesOf, UPSTREAM_KEY } from './core-plane.ts';
import { runReeve } from './run-cli.ts';

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

let root: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'reeve-start-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** The process as an operator starts it; its log says where it listens. */
async function start(fleet: string, data: string) {
  const args = ['start', '--fleet', fleet, '--data', data, '--port', '0', '--log-level', 'info'];
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, UPSTREAM_KEY },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  for await (const line of createInterface(child.stderr)) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url === undefined) continue;
    child.stderr.resume();
    return { url, data, child, exited };
  }
  throw new Error('the server ended without saying where it listens');
}

it('one command starts on SQLite alone, keeps what it knew over a restart, and ends cleanly', async () => {
  await using provider = await startModelProvider({ apiKey: UPSTREAM_KEY });
  const fleet = join(root, 'fleet');
  const data = join(root, 'data');
  mkdirSync(fleet);
  for (const [path, text] of Object.entries(filesOf({ fleet: agent('clerk') }, provider.url)))
    writeFileSync(join(fleet, path), text);

  const first = await start(fleet, data);
  expect(statSync(join(data, 'admin-token')).mode & 0o077).toBe(0);
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  const { key } = JSON.parse((await runReeve(first, 'keys', 'create', '--agent', 'clerk', '--json')).stdout) as {
    key: string;
  };
  const ask = (url: string, run: string) =>
    new OpenAI({ apiKey: key, baseURL: `${url}/v1`, defaultHeaders: { 'x-reeve-run': run } }).chat.completions.create({
      model: 'openai/gpt-x',
      messages: [{ role: 'user', content: 'say "one two three"' }],
    });
  expect((await ask(first.url, 'before')).choices[0]?.message.content).toBe('one two three');
  first.child.kill('SIGTERM');
  expect(await first.exited).toBe(0);

  const second = await start(fleet, data);
  expect((await ask(second.url, 'after')).object).toBe('chat.completion');
  const shown = await runReeve(second, 'runs', 'show', 'before');
  expect(shown.stdout).toContain('openai/gpt-x');
  const listed = await runReeve(second, 'actions', 'list', '--run', 'before');
  expect(listed.stdout).toContain('openai/gpt-x');
  const doctor = await runReeve(second, 'doctor');
  expect([doctor.exitCode, doctor.stdout.includes('FAIL')]).toEqual([0, false]);
  second.child.kill('SIGTERM');
  expect(await second.exited).toBe(0);
  expect((await runReeve(undefined, 'audit', 'verify', join(data, 'ledger'))).exitCode).toBe(0);
  expect(readFileSync(join(data, 'admin-token'), 'utf8').length).toBeGreaterThan(20);
});
