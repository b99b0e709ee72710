import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WalSync } from './wal-sync.ts';

let directory: string;
let running: ((error: Error | null) => void)[];
let failures: string[];
let sync: WalSync;

beforeEach(() => {
  vi.useFakeTimers();
  directory = mkdtempSync(join(tmpdir(), 'reeve-wal-'));
  writeFileSync(join(directory, 'wal'), 'frames');
  running = [];
  failures = [];
  sync = open('wal');
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

function open(name: string): WalSync {
  return new WalSync(
    join(directory, name),
    (error) => failures.push(error.message),
    (_, done) => running.push(done),
  );
}

test('many commits, one sync, within a tenth of a second', () => {
  for (let commit = 0; commit < 10; commit++) sync.soon();
  vi.advanceTimersByTime(100);
  expect(running).toHaveLength(1);
});

test('what was committed while a sync ran is synced by the next', () => {
  sync.soon();
  vi.advanceTimersByTime(100);
  sync.soon();
  vi.advanceTimersByTime(100);
  expect(running).toHaveLength(1);
  running[0]?.(null);
  expect(running).toHaveLength(2);
  running[1]?.(null);
  vi.advanceTimersByTime(1_000);
  expect(running).toHaveLength(2);
});

test('a synced commit saves the sync', () => {
  sync.soon();
  sync.cancel();
  vi.advanceTimersByTime(1_000);
  expect(running).toHaveLength(0);
});

test('a failure is told, and a commit during it is not forgotten', () => {
  sync.soon();
  vi.advanceTimersByTime(100);
  running[0]?.(new Error('EIO'));
  expect(failures).toEqual(['EIO']);
  sync.soon();
  vi.advanceTimersByTime(100);
  expect(running).toHaveLength(2);
});

test('a log that cannot be opened is a failure, not silence', () => {
  open('nowhere').soon();
  vi.advanceTimersByTime(100);
  expect(failures[0]).toContain('ENOENT');
});

test('a log may be replaced while a sync runs', () => {
  sync.soon();
  vi.advanceTimersByTime(100);
  sync.reopen();
  running[0]?.(null);
  sync.soon();
  vi.advanceTimersByTime(100);
  expect(running).toHaveLength(2);
  expect(failures).toEqual([]);
});
