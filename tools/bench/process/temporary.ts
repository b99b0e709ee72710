import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = new Set<string>();

/** Gone at the end of the bench, however it ends. */
export function temporaryDirectory(): string {
  if (made.size === 0) process.on('exit', removeAll);
  const directory = mkdtempSync(join(tmpdir(), 'reeve-bench-'));
  made.add(directory);
  return directory;
}

function removeAll(): void {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
}
