import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runReeve } from '../core/run-cli.ts';
import { type ApprovalsPlane, approvalOf, startApprovalsPlane } from './approvals-plane.ts';

let plane: ApprovalsPlane;
beforeAll(async () => {
  plane = await startApprovalsPlane();
});
afterAll(() => plane?.[Symbol.asyncDispose]());

const reeve = (...args: string[]) => runReeve({ url: plane.reeve.url, data: plane.reeve.data }, ...args);
const PLAIN = /^[\x20-\x7e\n…]*$/;

it('shows what waits, and lets it pass by what was shown', async () => {
  const args = { to: 'acme \u202e evil', cents: 500 };
  const approval = approvalOf(await plane.pay(args, { headers: { 'x-reeve-reason': 'it is due' } }));
  const list = await reeve('approvals');
  expect([list.exitCode, list.stdout]).toEqual([
    0,
    expect.stringMatching(new RegExp(`${approval}\\s+pending\\s+clerk\\s+bank.pay\\s+5\\s`)),
  ]);
  const shown = await reeve('approvals', 'show', approval);
  expect(shown.stdout).toMatch(PLAIN);
  for (const words of [
    'cannot be undone',
    'amount 5',
    '"cents": 500',
    '\\u202e',
    '"it is due"',
    'may not approve: maya@example.com',
  ])
    expect(shown.stdout).toContain(words);
  const digest = /--digest ([0-9a-f]{16})/.exec(shown.stdout)?.[1] ?? '';
  const blind = await reeve('approvals', 'approve', approval);
  expect([blind.exitCode, blind.stderr]).toEqual([2, expect.stringContaining('say what you saw with --digest')]);
  const other = await reeve('approvals', 'approve', approval, '--digest', digest.replaceAll(/[0-7]/g, '8'));
  expect([other.exitCode, other.stderr]).toEqual([1, expect.stringContaining('something else')]);
  expect((await plane.pay(args)).status).toBe(403);
  const approved = await reeve('approvals', 'approve', approval, '--digest', digest);
  expect([approved.exitCode, approved.stdout]).toEqual([0, expect.stringContaining('passes once')]);
  expect((await plane.pay(args)).status).toBe(200);
  const again = await reeve('approvals', 'approve', approval, '--digest', digest);
  expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('was approved by admin')]);
}, 60_000);

it('a person with a token of their own refuses with a reason, edits, and grants', async () => {
  const created = await reeve(
    '--json',
    'people',
    'token',
    'create',
    '--email',
    'omar@example.com',
    '--role',
    'approver',
  );
  const { id, token } = JSON.parse(created.stdout) as { id: string; token: string };
  expect(id).toMatch(/^tok_/);
  const omar = (...args: string[]) => asPerson(token, ...args);
  const denied = approvalOf(await plane.pay({ to: 'acme', cents: 1 }));
  expect((await omar('approvals', 'deny', denied, '--reason', 'too small')).exitCode).toBe(0);
  expect((await plane.pay({ to: 'acme', cents: 1 })).body.error?.message).toContain('too small');
  const edited = approvalOf(await plane.pay({ to: 'acme', cents: 2 }));
  const { digest } = JSON.parse((await omar('--json', 'approvals', 'show', edited)).stdout) as { digest: string };
  const change = await omar('approvals', 'approve', edited, '--digest', digest, '--args', '{"to":"acme","cents":3}');
  expect(change.exitCode).toBe(0);
  expect((await omar('approvals', 'show', edited)).stdout).toContain('args.cents: 2 -> 3');
  expect((await plane.pay({ to: 'acme', cents: 2 })).status).toBe(200);
  expect(plane.bank.payments.at(-1)).toEqual({ to: 'acme', cents: 3 });
  const granted = approvalOf(await plane.pay({ to: 'acme', cents: 4 }));
  const seen = JSON.parse((await omar('--json', 'approvals', 'show', granted)).stdout) as { digest: string };
  const grant = ['approvals', 'grant', granted, '--digest', seen.digest, '--for', '1h', '--arg', 'args.to=acme'];
  expect((await omar(...grant)).exitCode).toBe(0);
  expect((await plane.pay({ to: 'acme', cents: 4 })).status).toBe(200);
  expect((await plane.pay({ to: 'acme', cents: 1 })).body.error?.code).toBe('approval_denied');
  const list = await omar('approvals', 'grants');
  expect(list.stdout).toMatch(/grt_\S+\s+clerk\s+bank.pay\s+args.to\s+0.04\s+0\/10/);
  expect((await omar('people', 'token', 'list')).stderr).toContain('needs the role admin');
  expect((await reeve('people', 'token', 'revoke', id)).exitCode).toBe(0);
  expect((await omar('approvals')).exitCode).toBe(1);
}, 60_000);

it('tells how much people are asked', async () => {
  const load = await reeve('approvals', 'load');
  expect(load.stdout).toMatch(/clerk\s+bank.pay\s+\d+\s+\d+\s+[\d.]+\s+[\d.]+ s/);
}, 60_000);

it('watches what happens', async () => {
  const lines = watch();
  const first = lines.next();
  let heard = false;
  void first.then(() => {
    heard = true;
  });
  // It hears what happens once it is connected, and nobody tells when that is.
  for (let cents = 1_000; !heard && cents < 1_200; cents++) {
    await plane.pay({ to: 'acme', cents });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { event, approval } = JSON.parse(await first) as { event: string; approval: { id: string; state: string } };
  expect([event, approval.state]).toEqual(['requested', 'pending']);
  await plane.reeve.admin.call('approvals.deny', { params: { approval: approval.id }, body: { reason: 'no' } });
  let line = JSON.parse(await lines.next()) as { event: string };
  while (line.event === 'requested') line = JSON.parse(await lines.next()) as { event: string };
  expect(line).toMatchObject({ event: 'denied', by: 'admin', approval: { id: approval.id } });
  await lines.end();
}, 60_000);

function asPerson(token: string, ...args: string[]) {
  return runWith({ REEVE_TOKEN: token }, ...args);
}

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

function runWith(environment: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, '--url', plane.reeve.url, ...args], {
    env: { PATH: process.env.PATH, ...environment },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => {
    said.stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    said.stderr += bytes.toString();
  });
  return new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (exitCode) => resolve({ exitCode, ...said })),
  );
}

function watch() {
  const child = spawn(
    process.execPath,
    [MAIN, '--url', plane.reeve.url, '--data', plane.reeve.data, '--json', 'approvals', 'watch'],
    { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    next: async () => String((await lines.next()).value),
    end: () =>
      new Promise<void>((resolve) => {
        child.once('close', () => resolve());
        child.kill();
      }),
  };
}
